"""Translate a generated kernel to C, so that compiler and language are compared, not algorithms.

The input is the very text Numba compiles (`source.kernel_source`): assignments, while, range
loops, if, break, continue, return; `at`, `put`, `scratch`, `product`, `polynomials`;
arithmetic on int64 and double.
"""

import ast

ARRAYS = {
    "tables": "const double *restrict tables",
    "links": "int64_t *restrict links",
    "real": "double *restrict real",
    "whole": "int64_t *restrict whole",
    "edge_t": "const double *restrict edge_t",
    "edge_g": "const int64_t *restrict edge_g",
    "t_end": "double t_end",
    "sample": "double sample",
    "out": "double *restrict out",
    "capacity": "int64_t capacity",
    "event_t": "double *restrict event_t",
    "event_c": "int64_t *restrict event_c",
    "event_capacity": "int64_t event_capacity",
}
BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.BitOr: "|",
    ast.BitAnd: "&",
}
COMPARE = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
HEADER = """#include <math.h>
#include <stdint.h>
typedef double v1;
typedef double v2 __attribute__((vector_size(16), aligned(8), may_alias));
typedef double v4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef double v8 __attribute__((vector_size(64), aligned(8), may_alias));
#define LOAD(width, from) (*(const v##width *)(from))
#define STORE(width, to, value) (*(v##width *)(to) = (value))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
"""


def c_source(text: str) -> str:
    """Return the C of a generated kernel.

    Raises
    ------
    NotImplementedError
        Naming the construct outside the subset.
    """
    function = ast.parse(text).body[0]
    if not isinstance(function, ast.FunctionDef):
        raise NotImplementedError("the text must hold one function")
    return _Printer(function).print()


class _Printer:
    def __init__(self, function: ast.FunctionDef) -> None:
        self.function = function
        self.arguments = [a.arg for a in function.args.args]
        self.kinds: dict[str, str] = {}
        for name in self.arguments:
            self.kinds[name] = "int64_t" if "int64" in ARRAYS[name] else "double"
        self.locals: dict[str, str] = {}
        for _ in range(3):  # types settle as assignments are seen again
            for node in ast.walk(function):
                self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            self.kinds[node.target.id] = "int64_t"
        if isinstance(node, ast.Assign | ast.AugAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            assert isinstance(target, ast.Name)
            if isinstance(node.value, ast.Call) and _name(node.value) == "scratch":
                self.kinds[target.id] = "double"
                self.locals[target.id] = (
                    f"double {target.id}[{ast.unparse(node.value.args[0])}] "
                    "__attribute__((aligned(64)))"
                )
                return
            kind = self.kind(node.value)
            known = self.kinds.get(target.id)
            self.kinds[target.id] = "double" if "double" in (kind, known) else kind
            self.locals[target.id] = f"{self.kinds[target.id]} {target.id}"

    def kind(self, node: ast.expr) -> str:
        """Return the C type of an expression."""
        match node:
            case ast.Constant():
                return "double" if isinstance(node.value, float) else "int64_t"
            case ast.Name():
                return self.kinds.get(node.id, "int64_t")
            case ast.UnaryOp():
                return self.kind(node.operand)
            case ast.BinOp(left=left, op=op, right=right):
                both = (self.kind(left), self.kind(right))
                return "double" if isinstance(op, ast.Div) or "double" in both else "int64_t"
            case ast.Call() if _name(node) == "int":
                return "int64_t"
            case ast.Call() if _name(node) == "at":
                return self.kind(node.args[0])
            case ast.Call():
                kinds = [self.kind(a) for a in node.args]
                return "double" if "double" in kinds else "int64_t"
        return "int64_t"

    def print(self) -> str:
        arguments = ", ".join(ARRAYS[a] for a in self.arguments)
        lines = [HEADER, f"int64_t {self.function.name}({arguments})", "{"]
        lines += [f"    {declaration};" for declaration in self.locals.values()]
        return "\n".join(lines + self.block(self.function.body, 1) + ["}"]) + "\n"

    def block(self, body: list[ast.stmt], depth: int) -> list[str]:
        return [" " * 4 * depth + line for node in body for line in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[str]:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if isinstance(value, ast.Call) and _name(value) == "scratch":
                    return []
                return [f"{name} = {self.expression(value)};"]
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                return [f"{name} {BINARY[type(op)]}= {self.expression(value)};"]
            case ast.Expr(value=ast.Call() as call) if _name(call) in ("product", "columns"):
                return self._product(call)
            case ast.Expr(value=ast.Call() as call) if _name(call) == "series":
                return self._series(call)
            case ast.Expr(value=ast.Call() as call) if _name(call) == "polynomials":
                return self._polynomials(call)
            case ast.Expr(value=ast.Call() as call):
                memory, index, stored = (self.expression(a) for a in call.args)
                return [f"{memory}[{index}] = {stored};"]
            case ast.While(test=test, body=body):
                return [f"while ({self.expression(test)}) {{", *self.block(body, 1), "}"]
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=[count]), body=body):
                until = self.expression(count)
                head = f"for (int64_t {name} = 0; {name} < {until}; {name}++) {{"
                return ["#pragma GCC ivdep", head, *self.block(body, 1), "}"]
            case ast.If(test=test, body=body, orelse=orelse):
                lines = [f"if ({self.expression(test)}) {{", *self.block(body, 1)]
                if orelse:
                    lines += ["} else {", *self.block(orelse, 1)]
                return [*lines, "}"]
            case ast.Break():
                return ["break;"]
            case ast.Continue():
                return ["continue;"]
            case ast.Return(value=ast.expr() as value):
                return [f"return {self.expression(value)};"]
        raise NotImplementedError(f"line {node.lineno}: {ast.unparse(node)}")

    def _product(self, call: ast.Call) -> list[str]:
        target, table, offset, count, *scalars = (self.expression(a) for a in call.args)
        step = int(scalars.pop(0)) if _name(call) == "columns" else int(count)
        rows, lines = int(count), [f"const double *from = {table} + {offset};"]
        width = _width(rows)
        for first in range(0, rows, width):
            terms = [
                f"LOAD({width}, from + {j * step + first}) * {scalar}"
                for j, scalar in enumerate(scalars)
            ]
            lines.append(f"STORE({width}, {target} + {first}, {' + '.join(terms)});")
        return ["{", *(f"    {line}" for line in lines), "}"]

    def _polynomials(self, call: ast.Call) -> list[str]:
        target, source, count, order, x = (self.expression(a) for a in call.args)
        rows = int(count)
        width, powers = _width(rows), ["a1"]
        lines = [f"double a1 = {x};"]
        while 1 << len(powers) < int(order):
            lines.append(f"double a{1 << len(powers)} = {powers[-1]} * {powers[-1]};")
            powers.append(f"a{1 << len(powers)}")
        for first in range(0, rows, width):
            terms = [f"LOAD({width}, {source} + {k * rows + first})" for k in range(int(order))]
            for power in powers:
                pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
                terms = [f"({p[0]} + {p[1]} * {power})" if len(p) == 2 else p[0] for p in pairs]
            lines.append(f"STORE({width}, {target} + {first}, {terms[0]});")
        return ["{", *(f"    {line}" for line in lines), "}"]

    def _series(self, call: ast.Call) -> list[str]:
        target, place, count, source, step, order, x, dx, scale = map(self.expression, call.args)
        powers = ["x1"]
        inner = [f"double x1 = {x} + s * {dx};"]
        while 1 << len(powers) < int(order):
            inner.append(f"double x{1 << len(powers)} = {powers[-1]} * {powers[-1]};")
            powers.append(f"x{1 << len(powers)}")
        terms = [f"({source})[{k * int(step)}]" for k in range(int(order))]
        for power in powers:
            pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
            terms = [f"({p[0]} + {p[1]} * {power})" if len(p) == 2 else p[0] for p in pairs]
        inner.append(f"{target}[{place} + s] = {scale} * {terms[0]};")
        head = f"for (int64_t s = 0; s < {count}; s++) {{"
        return ["#pragma GCC ivdep", head, *(f"    {line}" for line in inner), "}"]

    def expression(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=bool() as value):
                return str(int(value))
            case ast.Constant(value=value):
                return repr(value)
            case ast.Name(id=name):
                return name
            case ast.UnaryOp(op=op, operand=operand):
                sign = "!" if isinstance(op, ast.Not) else "-"
                return f"({sign}{self.expression(operand)})"
            case ast.BinOp(left=left, op=op, right=right):
                return f"({self.expression(left)} {BINARY[type(op)]} {self.expression(right)})"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"({self.expression(left)} {COMPARE[type(op)]} {self.expression(right)})"
            case ast.BoolOp(op=op, values=values):
                sign = " && " if isinstance(op, ast.And) else " || "
                return f"({sign.join(self.expression(v) for v in values)})"
            case ast.Call():
                return self._call(node)
        raise NotImplementedError(f"line {node.lineno}: {ast.unparse(node)}")

    def _call(self, node: ast.Call) -> str:
        arguments = [self.expression(a) for a in node.args]
        match _name(node):
            case "beyond":
                return f"({arguments[0]} + {arguments[1]})"
            case "at":
                return f"{arguments[0]}[{arguments[1]}]"
            case "outside":
                memory, rows, low, high = arguments
                return _any(f"{memory}[{{k}}] < {low} || {memory}[{{k}}] > {high}", int(rows))
            case "fallen":
                start, end, rows, span, limit = arguments
                count = int(rows)
                dips = [
                    f"({at}[{{k}}] {sign} {at}[{{k}} + {count}] * {span} < 0.0)"
                    for at, sign in ((start, "+"), (end, "-"))
                ]
                return _any(f"({end}[{{k}}] < {limit}) | ({dips[0]} & {dips[1]})", count)
            case "seldom":
                return f"__builtin_expect({arguments[0]}, 0)"
            case "int":
                return f"((int64_t){arguments[0]})"
            case "abs":
                return f"fabs({arguments[0]})"
            case "min":
                return f"MIN({', '.join(arguments)})"
            case "max":
                return f"MAX({', '.join(arguments)})"
        raise NotImplementedError(f"line {node.lineno}: {ast.unparse(node)}")


def _any(test: str, rows: int) -> str:
    """Return the test `|`-ed over the rows, `{k}` replaced by each."""
    return "(" + " | ".join(f"({test.format(k=k)})" for k in range(rows)) + ")"


def _width(rows: int) -> int:
    """Return the widest vector (doubles) that divides the rows, as the Numba kernel has it."""
    return next(w for w in (8, 4, 2, 1) if rows % w == 0)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
