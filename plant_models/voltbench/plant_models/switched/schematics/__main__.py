"""``make schematics``: draw every topology and renew the parameter tables of the pages."""

from pathlib import Path

from voltbench.plant_models.switched.schematics.draw import svg
from voltbench.plant_models.switched.schematics.sheet import differences
from voltbench.plant_models.switched.schematics.sheets import SHEETS
from voltbench.plant_models.switched.schematics.tables import with_table

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Write the drawings and tables beside their pages.

    Raises
    ------
    ValueError
        If a drawing is not its circuit.
    """
    for name, make in SHEETS.items():
        sheet = make()
        if wrong := differences(sheet):
            raise ValueError(f"sheet {name}: {'; '.join(wrong)}")
        page = DOCS / f"{name}.md"
        text = page.read_text(encoding="utf-8")
        page.write_text(with_table(text, name), encoding="utf-8")
        (DOCS / f"{name}.svg").write_text(svg(sheet), encoding="utf-8")
        print(f"drawn: {name}")


if __name__ == "__main__":
    main()
