"""Pieces that all parts of the block kernel's text are made of."""

from dataclasses import dataclass

from voltbench.plant_models.switched.batch.layout import BlockLayout
from voltbench.plant_models.switched.batch.memory import WIDTH


@dataclass(frozen=True)
class Text:
    """Writer of products and repeated lines for one layout."""

    layout: BlockLayout

    def each(self, template: str) -> str:
        """Return the template once for each evolving state, `#` replaced by its number."""
        return "".join(template.replace("#", str(j)) + "\n" for j in range(self.layout.evolving))

    def states(self, template: str) -> str:
        """Return the template once for each state."""
        return "".join(template.replace("#", str(j)) + "\n" for j in range(self.layout.size))

    def product(
        self,
        target: str,
        memory: str,
        base: str,
        offset: int,
        rows: int,
        vector: str,
        columns: int | None = None,
    ) -> str:
        """Return the assignments of a matrix (column by column at `offset`) times a vector.

        Inputs and the constant are read from z: they are the same at every instant, but for
        the unit vectors y.
        """
        count = self.layout.size if columns is None else columns
        text = ""
        for i in range(rows):
            terms = []
            for j in range(count):
                moving = j < self.layout.evolving or vector == "y"
                name = f"{vector}{j}" if moving else f"z{j}"
                terms.append(f"load({memory}, {base} + {(offset + j * rows + i) * WIDTH}) * {name}")
            text += f"{target}{i} = {' + '.join(terms)}\n"
        return text
