"""The model without one of its gets, puts or cancels: one call taken out of one function.

A call stands in the source as `yield drop_shm, name, held` (a step), as
`yield from tee_shm_put(client, held)` (a program) or as a plain call.  In its place comes what it
gives where there is nothing to do.  The function then runs with the code of the changed source,
and gets its own back afterwards.
"""

from __future__ import annotations

import ast
import inspect
from contextlib import contextmanager
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from ocallkit import model
from ocallkit.designs import HeldRefsOcallFd, HeldRefsPreRelease

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = {
    "charge",
    "close_ta_session",
    "discharge",
    "drop_context",
    "drop_session",
    "drop_shm",
    "drop_shm_later",
    "fput",
    "free_context",
    "free_shm",
    "get_file",
    "give_instance",
    "give_session",
    "mobj_forget",
    "mobj_get",
    "mobj_new",
    "mobj_put",
    "mobj_release",
    "put_ocall_memory",
    "remove_request_file",
    "request_leaves",
    "spared",
    "take_pending",
    "tee_open",
    "tee_shm_abandon",
    "tee_shm_get",
    "tee_shm_new",
    "teedev_ctx_get",
    "unlist_session",
    "wq_wakeup",
}
"""Functions of the world that take, drop or cancel something."""

PROGRAMS = {
    "cancel_ocall",
    "cancel_session",
    "asks",
    "cancel_with_file",
    "cancels",
    "close_session",
    "closed",
    "completes",
    "destroy_session",
    "disarm_request_file",
    "end_ioctl",
    "enters",
    "flush",
    "killed",
    "leaves",
    "mobj_reg_shm_release_by_cookie",
    "optee_close_session_helper",
    "optee_release",
    "optee_shm_unregister",
    "pre_release",
    "put_memory_file",
    "refuse",
    "refuses",
    "release",
    "release_file",
    "release_memory_file",
    "release_request_file",
    "reply_arrives",
    "task_work_run",
    "tee_shm_put",
    "tee_shm_release",
    "teedev_close_context",
    "teedev_ctx_put",
    "teedev_ctx_release",
    "unlists",
    "unregister",
    "waits",
    "wake",
}
"""Programs that do."""

LISTS = {
    "answer_drops",
    "forget_call",
    "found_again",
    "kept",
    "kept_references",
    "memories",
    "referenced",
    "references_to_drop",
    "replied",
    "requested_references",
    "shm_from_user",
}
"""What gives the references that are to be taken or dropped."""

CALLS = STEPS | PROGRAMS | LISTS


class Site(NamedTuple):
    """One call that can be taken out: where it stands, and which of that name it is there."""

    module: str
    function: str
    callee: str
    number: int
    """Among the calls of that name in the function, in the order of the source, from 1."""

    def __str__(self) -> str:
        """How a test is named by it."""
        return f"{self.function}:{self.callee}:{self.number}"


class Remover(ast.NodeTransformer):
    """Finds the calls of a function in the order of the source, and takes one of them out."""

    def __init__(self, unwanted: tuple[str, int] | None = None) -> None:
        self.found: list[tuple[str, int]] = []
        self._unwanted = unwanted

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.AST:
        """`yield from tee_shm_put(client, held)`."""
        return self._without(node, called(node.value), "(yield from ())")

    def visit_Yield(self, node: ast.Yield) -> ast.AST:
        """`yield drop_shm, name, held`."""
        step = node.value.elts[0] if isinstance(node.value, ast.Tuple) else None
        nothing = "((yield from ()) or ())" if name(step) in LISTS else "(yield from ())"
        return self._without(node, name(step), nothing)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`tee_shm_get(world, name, held)`."""
        return self._without(node, called(node), "None" if called(node) in STEPS else "()")

    def _without(self, node: ast.AST, callee: str, nothing: str) -> ast.AST:
        if callee not in CALLS:
            return self.generic_visit(node)
        site = callee, 1 + sum(callee == other for other, _ in self.found)
        self.found.append(site)
        if site == self._unwanted:
            return ast.parse(nothing, mode="eval").body
        for child in ast.iter_child_nodes(node):
            # The call in a `yield from` is the same call.
            self.generic_visit(child)
        return node


def name(node: ast.AST | None) -> str:
    """What a name or an attribute is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def called(node: ast.AST) -> str:
    """What a call calls."""
    return name(node.func) if isinstance(node, ast.Call) else ""


def sites() -> tuple[Site, ...]:
    """Every call of the model and of the two good designs that can be taken out."""
    found = []
    for module, qualified, function in functions():
        remover = Remover()
        remover.visit(function)
        found += [Site(module, qualified, *site) for site in remover.found]
    return tuple(found)


@contextmanager
def without(site: Site) -> Iterator[None]:
    """Run with the call at `site` taken out, and nothing known of how programs went before."""
    function = attrgetter(site.function)(import_module(site.module))
    own = function.__code__
    function.__code__ = changed(site)
    try:
        yield
    finally:
        function.__code__ = own


def changed(site: Site) -> CodeType:
    """The code of the function in which `site` is, without that call."""
    tree = ast.parse(inspect.getsource(import_module(site.module)))
    for qualified, function in defined(tree):
        if qualified == site.function:
            Remover((site.callee, site.number)).visit(function)
    return find_code(compile(ast.fix_missing_locations(tree), site.module, "exec"), site.function)


def find_code(code: CodeType, qualified: str) -> CodeType:
    """The code of a function or of a class's method, in the code of its module."""
    for part in qualified.split("."):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == part)
    return code


def functions() -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """Each function of the model and of the good designs: module, qualified name, source."""
    names = {cls.__name__ for d in (HeldRefsPreRelease, HeldRefsOcallFd) for cls in d.__mro__}
    for module in (*model_modules(), *design_modules()):
        for qualified, function in defined(ast.parse(inspect.getsource(import_module(module)))):
            cls, dot, _ = qualified.partition(".")
            if module.startswith(model.__name__) or not dot or cls in names:
                yield module, qualified, function


APART = {
    "argument_pages",
    "call_queue",
    "callbacks",
    "driver_memory",
    "kernel_client",
    "posix",
    "rpc_cache",
    "shutdown",
    "supplicant",
    "ta_manager",
    "teec_server",
    "teec_thread",
    "waiting",
    "worker",
}
"""What the situations of the discussion do without: each has tests of its own."""


def model_modules() -> tuple[str, ...]:
    """The modules of the model that every situation needs."""
    (folder,) = map(Path, model.__path__)
    stems = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    return tuple(f"{model.__name__}.{stem}" for stem in stems if stem not in APART)


def design_modules() -> tuple[str, ...]:
    """The modules from which the good designs have their decisions."""
    used = [cls.__module__ for d in (HeldRefsPreRelease, HeldRefsOcallFd) for cls in d.__mro__[:-1]]
    return tuple(dict.fromkeys(used))


def defined(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a module, and the methods of its classes under `class.method`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner
