"""C declarations of records, arrays and tuples; the layout is checked by the C compiler."""

from typing import Any

import numpy as np

from voltbench.hil.benchmarking.translation.types import (
    C_NAME,
    Array,
    Pack,
    Record,
    Scalar,
    Tuple,
    Type,
    Vector,
    field_type,
)


class Layout:
    """Collects the declarations that a translation needs, in an order C accepts."""

    def __init__(self) -> None:
        self.declarations: list[str] = []
        self._names: dict[Any, str] = {}

    def name(self, kind: Type | None) -> str:
        """Return the C type by which a value of `kind` is passed."""
        if kind is None:
            return "void"
        if isinstance(kind, Scalar):
            return C_NAME[kind.kind]
        if isinstance(kind, Record):
            return f"{self._record(kind.dtype)} *"
        if isinstance(kind, Vector):
            return f"{self.item(kind.item)} *"
        if isinstance(kind, Array):
            return self._once(kind, "array", f"{self.item(kind.item)} *p; int64_t n[{kind.ndim}];")
        if isinstance(kind, Pack):
            return self._pack(kind)
        fields = (f"{self.name(item)} f{i};" for i, item in enumerate(kind.items))
        return self._once(kind, "tuple", " ".join(fields))

    def item(self, kind: Scalar | Record) -> str:
        """Return the C type of an element in memory."""
        return C_NAME[kind.kind] if isinstance(kind, Scalar) else self._record(kind.dtype)

    def _once(self, kind: Array | Tuple, prefix: str, body: str) -> str:
        if kind not in self._names:
            self._names[kind] = f"{prefix}{len(self._names)}"
            self.declarations.append(f"typedef struct {{ {body} }} {self._names[kind]};")
        return self._names[kind]

    def _pack(self, kind: Pack) -> str:
        """Declare a vector of gcc, and what C has no operator for."""
        if kind not in self._names:
            item, n = C_NAME[kind.item.kind], kind.n
            name = self._names[kind] = f"pack{n}_{kind.item.kind}"
            width = int(kind.item.kind[1])
            vector = f"__attribute__((vector_size({n * width}), aligned({width}), may_alias))"
            mask = f"mask{n}_{width}"
            self.declarations += [
                f"typedef {item} {name} {vector};",
                f"typedef int{8 * width}_t {mask} {vector};",
                f"static inline {item} total_{name}({name} x)"
                f" {{ return {' + '.join(f'x[{k}]' for k in range(n))}; }}",
                *(
                    f"static inline {name} {word}_{name}({name} a, {name} b)"
                    f" {{ {mask} m = b {sign} a;"
                    f" return ({name})((({mask})b & m) | (({mask})a & ~m)); }}"
                    for word, sign in (("min", "<"), ("max", ">"))
                ),
            ]
        return self._names[kind]

    def _record(self, dtype: "np.dtype[Any]") -> str:
        if dtype in self._names:
            return self._names[dtype]
        lines, checks = [], []
        fields: Any = dtype.fields
        for field in dtype.names or ():
            kind = field_type(dtype[field])
            if isinstance(kind, Vector):
                count = int(np.prod(kind.shape))
                lines.append(f"  {self.item(kind.item)} {field}[{count}];")
            elif isinstance(kind, Scalar | Record):
                lines.append(f"  {self.item(kind)} {field};")
            offset = fields[field][1]
            checks.append(f'_Static_assert(offsetof({{}}, {field}) == {offset}, "{field}");')
        name = f"record{len(self._names)}"
        self._names[dtype] = name
        self.declarations.append("typedef struct {\n" + "\n".join(lines) + f"\n}} {name};")
        self.declarations.extend(check.format(name) for check in checks)
        self.declarations.append(f'_Static_assert(sizeof({name}) == {dtype.itemsize}, "size");')
        return name
