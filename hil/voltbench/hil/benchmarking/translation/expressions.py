"""One Python expression of a kernel as a C expression with its type."""

import ast
import types as python_types
from collections.abc import Callable
from typing import Any

from voltbench.control.numerics.borrow import borrow
from voltbench.hil.benchmarking.clock import TICK_IN_C, tick
from voltbench.hil.benchmarking.translation.calls import MATHS, library_call
from voltbench.hil.benchmarking.translation.lane_calls import LANES, NO_LANES, lane_call
from voltbench.hil.benchmarking.translation.layout import Layout
from voltbench.hil.benchmarking.translation.operators import (
    Value,
    binary,
    cast,
    compare,
    constant,
)
from voltbench.hil.benchmarking.translation.row_calls import ROWS, row_call
from voltbench.hil.benchmarking.translation.types import (
    B1,
    F8,
    I8,
    Array,
    Record,
    Scalar,
    Tuple,
    Type,
    Untranslatable,
    Vector,
    arithmetic,
    field_type,
    type_of,
    widen,
)

Callee = Callable[[Any, tuple[Type, ...]], tuple[str, Type | None]]


class Expressions:
    """Translates the expressions of one function; `variables` grows with its assignments."""

    def __init__(
        self, layout: Layout, callee: Callee, scope: dict[str, Any], variables: dict[str, Type]
    ) -> None:
        self.layout = layout
        self.callee = callee
        self.scope = scope
        self.variables = variables

    def value(self, node: ast.expr) -> Value:
        """Translate an expression that has a value."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise Untranslatable(f"line {node.lineno}: {ast.unparse(node)}")
        result: Value = method(node)
        return result

    def truth(self, node: ast.expr) -> str:
        """Translate a condition."""
        return cast(self.value(node), B1)

    def resolve(self, node: ast.expr) -> Any:
        """Return the Python object that a name outside the function stands for."""
        if isinstance(node, ast.Name) and node.id not in self.variables:
            builtins = self.scope["__builtins__"]
            known = builtins if isinstance(builtins, dict) else vars(builtins)
            return self.scope.get(node.id, known.get(node.id))
        if isinstance(node, ast.Attribute):
            return getattr(self.resolve(node.value), node.attr, None)
        return None

    def _Constant(self, node: ast.Constant) -> Value:
        return Value(constant(node.value), type_of(node.value))

    def _Name(self, node: ast.Name) -> Value:
        if node.id in self.variables:
            return Value(f"v_{node.id}", self.variables[node.id])
        found = self.resolve(node)
        if found is None:
            raise Untranslatable(f"line {node.lineno}: {node.id} has no value yet")
        return Value(constant(found), type_of(found))

    def _Attribute(self, node: ast.Attribute) -> Value:
        outside = self.resolve(node)
        if outside is not None and not isinstance(outside, python_types.MethodType):
            return Value(constant(outside), type_of(outside))
        owner = self.value(node.value)
        if not isinstance(owner.kind, Record):
            raise Untranslatable(f"line {node.lineno}: {ast.unparse(node)}")
        kind = field_type(owner.kind.dtype[node.attr])
        reference = "&" if isinstance(kind, Record) else ""
        return Value(f"({reference}({owner.text})->{node.attr})", kind)

    def _Subscript(self, node: ast.Subscript) -> Value:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            of = self.value(node.value.value)
            return Value(f"({of.text}).n[{ast.unparse(node.slice)}]", I8)
        of = self.value(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        index = [self.value(part).text for part in parts]
        if isinstance(of.kind, Array):
            return self._array_item(of, of.kind, index)
        if not isinstance(of.kind, Vector):
            raise Untranslatable(f"line {node.lineno}: {ast.unparse(node)}")
        at = "0"
        for size, i in zip(of.kind.shape, [*index, *["0"] * 9], strict=False):
            at = f"({at} * {size} + {i})"
        rest = of.kind.shape[len(index) :]
        if rest:
            return Value(f"({of.text} + {at})", Vector(of.kind.item, rest))
        return self._element(f"{of.text}[{at}]", of.kind.item)

    def _array_item(self, of: Value, kind: Array, index: list[str]) -> Value:
        if kind.ndim == len(index) == 1:
            return self._element(f"{of.text}.p[{index[0]}]", kind.item)
        if kind.ndim == len(index) == 2:
            at = f"{index[0]} * {of.text}.n[1] + {index[1]}"
            return self._element(f"{of.text}.p[{at}]", kind.item)
        if kind.ndim == 2 and len(index) == 1:
            row = Array(kind.item, 1)
            start = f"{of.text}.p + {index[0]} * {of.text}.n[1]"
            return Value(f"(({self.layout.name(row)}){{{start}, {{{of.text}.n[1]}}}})", row)
        raise Untranslatable(f"{len(index)} indices into {kind.ndim} dimensions")

    def _element(self, text: str, item: Scalar | Record) -> Value:
        return Value(f"(&{text})" if isinstance(item, Record) else text, item)

    def _Tuple(self, node: ast.Tuple) -> Value:
        parts = [self.value(part) for part in node.elts]
        kind = Tuple(tuple(part.kind for part in parts))
        fields = ", ".join(part.text for part in parts)
        return Value(f"(({self.layout.name(kind)}){{{fields}}})", kind)

    def _BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        return Value(*binary(node.op, left, right))

    def _UnaryOp(self, node: ast.UnaryOp) -> Value:
        of = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return Value(f"(!{cast(of, B1)})", B1)
        kind = arithmetic(of.kind, of.kind)
        sign = {"USub": "-", "UAdd": "+", "Invert": "~"}[type(node.op).__name__]
        return Value(f"({sign}{cast(of, kind)})", kind)

    def _BoolOp(self, node: ast.BoolOp) -> Value:
        first = self.truth(node.values[0])
        if first == NO_LANES and isinstance(node.op, ast.And):
            return Value(NO_LANES, B1)
        sign = " && " if isinstance(node.op, ast.And) else " || "
        return Value("(" + sign.join(self.truth(part) for part in node.values) + ")", B1)

    def _Compare(self, node: ast.Compare) -> Value:
        values = [self.value(part) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, values[:-1], values[1:], strict=True)
        return Value("(" + " && ".join(compare(*pair) for pair in pairs) + ")", B1)

    def _IfExp(self, node: ast.IfExp) -> Value:
        yes, no = self.value(node.body), self.value(node.orelse)
        kind = widen(yes.kind, no.kind)
        text = f"({self.truth(node.test)} ? {cast(yes, kind)} : {cast(no, kind)})"
        return Value(text, kind)

    def _Call(self, node: ast.Call) -> Value:
        called = self.resolve(node.func)
        if called is None or node.keywords:
            raise Untranslatable(f"line {node.lineno}: {ast.unparse(node)}")
        if called in ROWS:
            return row_call(self.layout, called, node.args, self.value)
        arguments = [self.value(part) for part in node.args]
        if called is borrow:
            return arguments[0]
        if called is tick:
            return Value(TICK_IN_C, I8)
        if called in LANES:
            return Value(*lane_call(self.layout, called, arguments))
        if hasattr(called, "py_func"):
            name, kind = self.callee(called, tuple(a.kind for a in arguments))
            text = f"{name}({', '.join(a.text for a in arguments)})"
            return Value(text, kind if kind is not None else Tuple(()))
        if called in MATHS and arguments[0].scalar().kind == "f4":
            return Value(f"{MATHS[called]}f({arguments[0].text})", arguments[0].kind)
        if called in MATHS:
            return Value(f"{MATHS[called]}({cast(arguments[0], F8)})", F8)
        return Value(*library_call(self.layout, called, arguments))
