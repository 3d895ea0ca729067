"""The statements of one kernel as a C function."""

import ast

from voltbench.hil.benchmarking.translation.expressions import Expressions
from voltbench.hil.benchmarking.translation.lane_calls import NO_LANES
from voltbench.hil.benchmarking.translation.layout import Layout
from voltbench.hil.benchmarking.translation.operators import Value, cast
from voltbench.hil.benchmarking.translation.types import (
    I8,
    Tuple,
    Type,
    Untranslatable,
    widen,
)


class Statements:
    """Translates a function body; run twice so that every variable has its final type."""

    def __init__(self, layout: Layout, expressions: Expressions, result: Type | None) -> None:
        self.layout = layout
        self.of = expressions
        self.result = result
        self.lines: list[str] = []
        self._count = 0

    def block(self, body: list[ast.stmt]) -> None:
        """Translate statements one after another."""
        for node in body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue  # docstring
            method = getattr(self, f"_{type(node).__name__}", None)
            if method is None:
                raise Untranslatable(f"line {node.lineno}: {ast.unparse(node)}")
            self.lines.append(f"#line {node.lineno}")
            method(node)

    def _fresh(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _define(self, name: str, kind: Type) -> Type:
        known = self.of.variables.get(name)
        self.of.variables[name] = kind if known is None else widen(known, kind)
        return self.of.variables[name]

    def _store(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Tuple):
            return self._unpack(target, value)
        if isinstance(target, ast.Name):
            kind = self._define(target.id, value.kind)
            self.lines.append(f"v_{target.id} = {cast(value, kind)};")
        else:
            place = self.of.value(target)
            self.lines.append(f"{place.text} = {cast(value, place.kind)};")
        return None

    def _unpack(self, target: ast.Tuple, value: Value) -> None:
        if not isinstance(value.kind, Tuple):
            raise Untranslatable(f"line {target.lineno}: {ast.unparse(target)}")
        whole = self._fresh()
        self.lines.append(f"const {self.layout.name(value.kind)} {whole} = {value.text};")
        for i, (part, kind) in enumerate(zip(target.elts, value.kind.items, strict=True)):
            self._store(part, Value(f"{whole}.f{i}", kind))

    def _Assign(self, node: ast.Assign) -> None:
        value = self.of.value(node.value)
        for target in node.targets:
            self._store(target, value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._store(node.target, self.of.value(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> None:
        combined = ast.BinOp(left=node.target, op=node.op, right=node.value)
        self._store(node.target, self.of.value(ast.copy_location(combined, node)))

    def _Expr(self, node: ast.Expr) -> None:
        self.lines.append(f"{self.of.value(node.value).text};")

    def _Return(self, node: ast.Return) -> None:
        if node.value is None:
            self.lines.append("return;")
            return
        value = self.of.value(node.value)
        self.result = value.kind if self.result is None else widen(self.result, value.kind)
        if isinstance(self.result, Tuple) and self.result != value.kind:
            value = self._widened(value, self.result)
        self.lines.append(f"return {cast(value, self.result)};")

    def _widened(self, value: Value, kind: Tuple) -> Value:
        """Return a tuple with its items converted."""
        assert isinstance(value.kind, Tuple)
        whole = self._fresh()
        self.lines.append(f"const {self.layout.name(value.kind)} {whole} = {value.text};")
        items = (
            cast(Value(f"{whole}.f{i}", item), wanted)
            for i, (item, wanted) in enumerate(zip(value.kind.items, kind.items, strict=True))
        )
        return Value(f"(({self.layout.name(kind)}){{{', '.join(items)}}})", kind)

    def _If(self, node: ast.If) -> None:
        condition = self.of.truth(node.test)
        if condition == NO_LANES:
            self.block(node.orelse)
            return
        self.lines.append(f"if ({condition}) {{")
        self.block(node.body)
        if node.orelse:
            self.lines.append("} else {")
            self.block(node.orelse)
        self.lines.append("}")

    def _While(self, node: ast.While) -> None:
        self.lines.append(f"while ({self.of.truth(node.test)}) {{")
        self.block(node.body)
        self.lines.append("}")

    def _For(self, node: ast.For) -> None:
        call = node.iter
        if (
            not (isinstance(call, ast.Call) and self.of.resolve(call.func) is range)
            or not isinstance(node.target, ast.Name)
            or len(call.args) > 2
            or node.orelse
        ):
            raise Untranslatable(f"line {node.lineno}: for {ast.unparse(node.target)}")
        bounds = [cast(self.of.value(part), I8) for part in call.args]
        start, end = bounds if len(bounds) == 2 else ("0", bounds[0])
        i, stop = self._fresh(), self._fresh()
        self._define(node.target.id, I8)
        self.lines.append(f"for (int64_t {i} = {start}, {stop} = {end}; {i} < {stop}; ++{i}) {{")
        self.lines.append(f"v_{node.target.id} = {i};")
        self.block(node.body)
        self.lines.append("}")

    def _Pass(self, node: ast.Pass) -> None:
        pass

    def _Break(self, node: ast.Break) -> None:
        self.lines.append("break;")

    def _Continue(self, node: ast.Continue) -> None:
        self.lines.append("continue;")
