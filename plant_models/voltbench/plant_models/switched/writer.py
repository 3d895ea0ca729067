"""The recurring pieces of a circuit's kernel: products, polynomials, guards, cells."""

from textwrap import indent

from voltbench.plant_models.switched.layout import Layout


class Writer:
    """Pieces of the kernel of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def product(self, target: str, offset: str, rows: int, vector: str) -> str:
        """Return the product of a block at `offset` with the scalars `vector`0, 1, ..."""
        scalars = ", ".join(self.state(vector, j) for j in range(self.layout.size))
        return f"product({target}, tables, {offset}, {rows}, {scalars})\n"

    def columns(self, target: str, offset: str, rows: int, step: int, vector: str) -> str:
        """Return the product of the first rows of a block whose columns are `step` apart."""
        if rows == step:
            return self.product(target, offset, rows, vector)
        scalars = ", ".join(self.state(vector, j) for j in range(self.layout.size))
        return f"columns({target}, tables, {offset}, {rows}, {step}, {scalars})\n"

    def series(self, order: int) -> str:
        """Return the code that puts `order` coefficients of the states' polynomials into c."""
        lo = self.layout
        return self.columns("c", f"b + {lo.states}", order * lo.rows, lo.order * lo.rows, "y")

    def guards(self, vector: str, target: str = "e") -> str:
        """Return the code that puts the guards into e: of one cell those at its start.

        What is addressed by a variable is kept in memory by the compiler, so e, c, p and ahead
        never are: the seldom needed loops over guards have a copy of their own.
        """
        lo = self.layout
        rows = 2 * lo.slots if lo.cells == 1 else lo.ends_rows
        return self.columns(target, f"b + {lo.ends}", rows, lo.ends_rows, vector)

    def state(self, vector: str, j: int) -> str:
        """Return the scalar's name; inputs and the constant are the same at every instant."""
        moving = j < self.layout.evolving and (vector != "y" or self.layout.cells > 1)
        if moving and vector in ("p", "near"):
            return f"at({vector}, {j})"
        return f"{vector}{j}" if moving else f"z{j}"

    def each(self, template: str) -> str:
        """Return the template once for each evolving state, `#` replaced by its number."""
        return "".join(template.replace("#", str(j)) + "\n" for j in range(self.layout.evolving))

    def polynomial(self, terms: list[str], x: str) -> str:
        """Return a tree of multiply-adds in x, x2, x4, x8 (short chains, not Horner's long one)."""
        powers = [x, "x2", "x4", "x8", "x16"]
        level = 0
        while len(terms) > 1:
            pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
            terms = [f"({p[0]} + {powers[level]} * {p[1]})" if len(p) == 2 else p[0] for p in pairs]
            level += 1
        return terms[0]

    def powers(self, x: str) -> str:
        """Return the assignments of the powers that `polynomial` uses."""
        text = f"x2 = {x} * {x}\nx4 = x2 * x2\n"
        if self.layout.order > 4:
            text += "x8 = x4 * x4\n"
        return text + ("x16 = x8 * x8\n" if self.layout.order > 16 else "")

    def at_cell(self, cell: str) -> str:
        """Return the code that puts the state at the start of a cell into y0, y1, ..."""
        lo = self.layout
        if lo.cells == 1:  # the only cell starts at the segment's start: y is z
            return ""
        jump = f"b + {lo.jumps} + ({cell} - 1) * {lo.rows * lo.size}"
        moved = self.product("p", jump, lo.rows, "z") + self.each("y# = at(p, #)")
        return (
            f"if cell_y != {cell}:\n    cell_y = {cell}\n    if {cell} == 0:\n"
            + indent(self.each("y# = z#"), " " * 8)
            + "    else:\n"
            + indent(moved, " " * 8)
        )
