"""A copy of the loop with a clock reading after every part, to see where the time goes.

The copy is made from the loop's own syntax tree, with the plant's step spread out into its
parts, so it follows every change. Reading the clock costs some nanoseconds and keeps the
processor from overlapping two parts: the parts add up to more than the loop without it.
"""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba

from voltbench.hil.benchmarking.clock import tick

EXPANDED = ("plant_step",)
"""Kernels whose parts are clocked one by one."""
EMPTY = "(nothing)"
"""A part without content: what reading the clock costs."""


@dataclass(frozen=True)
class Clocked:
    """The compiled copy and the names of its clocks, in the order of the last argument."""

    kernel: Any
    parts: list[str]


class _Prefix(ast.NodeTransformer):
    """Gives local names a prefix."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id in self.names:
            return ast.Name(f"inner_{node.id}", node.ctx)
        return node


def _function(kernel: Any) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kernel.py_func))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    return tree


def _called(node: ast.AST, scope: dict[str, Any]) -> str | None:
    """Return the name of the first kernel that a statement calls."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            if hasattr(scope.get(part.func.id), "py_func"):
                return part.func.id
    return None


def _expand(call: ast.Call, kernel: Any) -> list[ast.stmt]:
    """Return the body of a kernel without result in place of its call."""
    inner = _function(kernel)
    names = {a.arg for a in inner.args.args}
    locals_ = {n.id for n in ast.walk(inner) if isinstance(n, ast.Name) and _stored(n)}
    rename = _Prefix(names | locals_)
    bind = [
        ast.Assign([ast.Name(f"inner_{a.arg}", ast.Store())], value)
        for a, value in zip(inner.args.args, call.args, strict=True)
    ]
    body = [s for s in inner.body if not _is_docstring(s)]
    return [*bind, *(rename.visit(s) for s in body)]


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _returns(kernel: Any) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(_function(kernel)))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def clocked(kernel: Any, folder: Path) -> Clocked:
    """Return a copy of `kernel` whose last argument, int64 clocks, sums ticks per part.

    Where the kernel only hands its arguments on, the kernel it calls is taken.
    """
    scope = dict(kernel.py_func.__globals__)
    tree = _function(kernel)
    loop = next((s for s in tree.body if isinstance(s, ast.For)), None)
    if loop is None:
        parts = _forward(tree, scope, folder)
    else:
        parts, loop.body, scope = _spread(loop.body, scope)
    tree.args.args.append(ast.arg("clocks"))
    tree.returns = None
    for argument in tree.args.args:
        argument.annotation = None
    source = folder / f"clocked_{tree.name}.py"
    source.write_text(ast.unparse(ast.fix_missing_locations(tree)))
    scope["tick"] = tick
    exec(compile(source.read_text(), str(source), "exec"), scope)
    options = {k: v for k, v in kernel.targetoptions.items() if k != "nopython"}
    return Clocked(numba.njit(**options)(scope[tree.name]), parts)


def _forward(tree: ast.FunctionDef, scope: dict[str, Any], folder: Path) -> list[str]:
    """Let the kernel call the clocked copy of the one it hands its arguments to."""
    for part in ast.walk(tree):
        if isinstance(part, ast.Call) and (name := _called(part, scope)) is not None:
            inner = clocked(scope[name], folder)
            scope[name] = inner.kernel
            part.args.append(ast.Name("clocks", ast.Load()))
            return inner.parts
    raise ValueError(f"{tree.name} has no loop and calls no kernel")


def _spread(
    statements: list[ast.stmt], scope: dict[str, Any]
) -> tuple[list[str], list[ast.stmt], dict[str, Any]]:
    """Return parts and body of the loop with clocks, expanded kernels spread out."""
    body: list[ast.stmt] = []
    for statement in statements:
        name = _called(statement, scope)
        inner: Any = scope.get(name or "")
        if name in EXPANDED and isinstance(statement, ast.Expr) and not _returns(inner):
            assert isinstance(statement.value, ast.Call)
            scope = {**inner.py_func.__globals__, **scope}
            body += _expand(statement.value, inner)
        else:
            body.append(statement)
    return *_with_clocks(body, scope), scope


def _with_clocks(body: list[ast.stmt], scope: dict[str, Any]) -> tuple[list[str], list[ast.stmt]]:
    parts = [EMPTY]
    made = [*ast.parse("last = tick()\nnow = tick()\nclocks[0] += now - last\nlast = now").body]
    for statement in body:
        made.append(statement)
        name = _called(statement, scope)
        if name is None:
            continue
        if name not in parts:
            parts.append(name)
        read = f"now = tick()\nclocks[{parts.index(name)}] += now - last\nlast = now"
        made += ast.parse(read).body
    return parts, made
