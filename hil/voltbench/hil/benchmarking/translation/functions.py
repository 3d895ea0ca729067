"""A kernel and everything it calls, as two C texts: control laws and the rest."""

import ast
import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voltbench.hil.benchmarking.translation.expressions import Expressions
from voltbench.hil.benchmarking.translation.layout import Layout
from voltbench.hil.benchmarking.translation.operators import HELPERS
from voltbench.hil.benchmarking.translation.statements import Statements
from voltbench.hil.benchmarking.translation.types import (
    Array,
    Tuple,
    Type,
    Untranslatable,
    type_of,
)

_HEAD = """\
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
"""


@dataclass
class Function:
    """One translated kernel for one set of argument types."""

    name: str
    head: str
    lines: list[str]
    result: Type | None
    contract: bool
    """Whether a product and a sum may be one fused operation (plant models)."""
    shared: bool = False
    """Called from the other text."""


@dataclass
class Translation:
    """Translates kernels on demand; callees come before their callers."""

    layout: Layout = field(default_factory=Layout)
    functions: list[Function] = field(default_factory=list)
    _known: dict[Any, Function] = field(default_factory=dict)

    def add(self, kernel: Any, arguments: Sequence[Any]) -> Function:
        """Translate a kernel for the types of `arguments`."""
        return self.translate(kernel, tuple(type_of(a) for a in arguments))

    def translate(self, kernel: Any, kinds: tuple[Type, ...]) -> Function:
        """Translate a kernel for argument types; names the place of what it cannot do."""
        key = (kernel.py_func, kinds)
        if key not in self._known:
            try:
                self._known[key] = self._function(kernel, kinds)
            except Untranslatable as error:
                raise Untranslatable(f"{kernel.py_func.__qualname__}: {error}") from error
            self.functions.append(self._known[key])
        return self._known[key]

    def _function(self, kernel: Any, kinds: tuple[Type, ...]) -> Function:
        python = kernel.py_func
        lines, first = inspect.getsourcelines(python)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        ast.increment_lineno(tree, first - 1)
        node = tree.body[0]
        if not isinstance(node, ast.FunctionDef):
            raise Untranslatable("its file has changed since it was imported")
        names = [a.arg for a in node.args.args]
        contract = bool(kernel.targetoptions.get("fastmath"))

        def callee(called: Any, types: tuple[Type, ...]) -> tuple[str, Type | None]:
            made = self.translate(called, types)
            made.shared |= made.contract != contract
            return made.name, made.result

        arguments = dict(zip(names, kinds, strict=True))
        body, variables = _settle(self.layout, callee, python, arguments, node.body)
        declared = (
            f"  {self.layout.name(k)} v_{n};" for n, k in variables.items() if n not in arguments
        )
        head = (
            ", ".join(f"{self.layout.name(variables_of[n])} v_{n}" for n in names)
            if (variables_of := dict(variables))
            else "void"
        )
        name = f"{python.__name__.strip('_')}_{len(self._known)}"
        file = f'#line {first} "{inspect.getsourcefile(python)}"'
        return Function(
            name,
            f"{self.layout.name(body.result)} {name}({head})",
            [file, "{", *declared, *body.lines, "}"],
            body.result,
            contract,
        )

    def text(self, contract: bool | None = None) -> str:
        """Return the C text of the plant (`contract`), of the control laws, or of all (None)."""
        parts = [_HEAD, *self.layout.declarations, HELPERS]
        for one in self.functions:
            if contract is not None and one.contract != contract:
                if one.shared:
                    parts.append(f"{one.head};")
                continue
            prefix = "" if one.shared and contract is not None else "static inline "
            parts.append(f"{prefix}{one.head}\n" + "\n".join(one.lines))
        return "\n".join(parts) + "\n"

    def entry(self, function: Function, kinds: Sequence[Type]) -> str:
        """Return an exported wrapper: arrays as pointer and shape, tuples as items."""
        head, passed = [], []
        for i, kind in enumerate(kinds):
            name = self.layout.name(kind)
            if isinstance(kind, Tuple):
                fields = [f"a{i}_{k}" for k in range(len(kind.items))]
                items = map(self.layout.name, kind.items)
                head += [f"{item} {field}" for item, field in zip(items, fields, strict=True)]
                passed.append(f"({name}){{{', '.join(fields)}}}")
                continue
            if not isinstance(kind, Array):
                head.append(f"{name} a{i}")
                passed.append(f"a{i}")
                continue
            sizes = [f"a{i}_{axis}" for axis in range(kind.ndim)]
            head += [f"{self.layout.item(kind.item)} *a{i}", *(f"int64_t {n}" for n in sizes)]
            passed.append(f"({name}){{a{i}, {{{', '.join(sizes)}}}}}")
        result = self.layout.name(function.result)
        back = "return " if function.result is not None else ""
        call = f"{function.name}({', '.join(passed)})"
        return f"{result} entry({', '.join(head)}) {{ {back}{call}; }}\n"


def _settle(
    layout: Layout, callee: Any, python: Any, arguments: dict[str, Type], body: list[ast.stmt]
) -> tuple[Statements, dict[str, Type]]:
    """Translate a body until the types of its variables no longer change."""
    variables = dict(arguments)
    result: Type | None = None
    while True:
        before = dict(variables)
        expressions = Expressions(layout, callee, python.__globals__, variables)
        done = Statements(layout, expressions, result)
        done.block(body)
        if variables == before and done.result == result:
            return done, variables
        result = done.result
