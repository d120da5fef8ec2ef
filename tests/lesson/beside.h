/* What the C of the lessons takes from libteec, libutee and the kernel's header. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

typedef uint32_t TEEC_Result, TEE_Result;
typedef struct { uint8_t octets[16]; } TEEC_UUID;
typedef struct TEEC_Session TEEC_Session;
typedef union {
	struct { uint32_t a, b; } value;
	struct { void *buffer; size_t size; } tmpref;
} TEEC_Parameter;
typedef struct { uint32_t started, paramTypes; TEEC_Parameter params[4]; } TEEC_Operation;
typedef union {
	struct { uint32_t a, b; } value;
	struct { void *buffer; size_t size; } memref;
} TEE_Param;

enum {
	TEEC_SUCCESS = 0, TEE_SUCCESS = 0, TEEC_NONE = 0, TEEC_VALUE_INOUT = 3,
	TEE_PARAM_TYPE_NONE = 0, TEE_PARAM_TYPE_VALUE_INOUT = 3, TEE_PARAM_TYPE_MEMREF_OUTPUT = 6,
};
#define TEEC_ERROR_GENERIC 0xFFFF0000u
#define TEEC_ERROR_BAD_PARAMETERS 0xFFFF0006u
#define TEE_ERROR_BAD_PARAMETERS 0xFFFF0006u
#define TEEC_ERROR_OUT_OF_MEMORY 0xFFFF000Cu
#define TEEC_ERROR_SHORT_BUFFER 0xFFFF0010u
#define TEE_TIMEOUT_INFINITE 0xFFFFFFFFu
#define TEEC_PARAM_TYPES(a, b, c, d) ((uint32_t)((a) | (b) << 4 | (c) << 8 | (d) << 12))
#define TEE_PARAM_TYPES(a, b, c, d) TEEC_PARAM_TYPES(a, b, c, d)

struct tee_ioctl_buf_data { uint64_t buf_ptr, buf_len; };
struct tee_ioctl_param { uint64_t attr, a, b, c; };
struct tee_ioctl_ecall_arg {
	uint32_t func, cmd_id, session, cancel_id, ocall_id, ret, ret_origin, num_params;
	uint8_t uuid[16];
};
#define TEE_IOC_ECALL _IOWR(0xA4, 10, struct tee_ioctl_ecall_arg)

TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t command, TEEC_Operation *op,
			       uint32_t *origin);
TEE_Result TEE_InvokeCACommand(uint32_t timeout, uint32_t command, uint32_t types,
			       TEE_Param params[4], uint32_t *origin);
TEE_Result TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
				      TEE_Param params[4]);

/* What page 02 leaves to page 03, and page 03 leaves out. */
void serve(struct tee_ioctl_ecall_arg *arg);
TEEC_Result register_for_ocall(uint64_t size, uint64_t *id);
TEEC_Result call_handler(uint32_t command, struct tee_ioctl_param *param, uint32_t count);
TEEC_Result release(uint64_t id);
