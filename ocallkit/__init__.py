"""An executable reference for OP-TEE OCALLs."""
