"""The converters' pages: drawings are the circuits, tables name every parameter, files are new."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from voltbench.plant_models.switched import schematics
from voltbench.plant_models.switched.schematics.sheet import Sheet, differences
from voltbench.plant_models.switched.schematics.sheets import SHEETS
from voltbench.plant_models.switched.schematics.tables import RECORDS, table, unit_of, with_table

DOCS = Path(schematics.__file__).parents[1] / "docs"


def paths(record: Any, start: str = "") -> Iterator[str]:
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            yield from paths(value, f"{start}{field.name}.")
        else:
            yield start + field.name


@pytest.mark.parametrize("name", SHEETS)
def test_drawing_is_its_circuit(name: str) -> None:
    assert differences(SHEETS[name]()) == []


def test_a_wrong_drawing_is_told() -> None:
    dab = SHEETS["dab"]()
    cut = replace(dab, wires=dab.wires[1:])
    assert differences(cut) == ["node a is drawn in 3 pieces"]
    short = replace(dab, wires=(*dab.wires, ((0.0, 8.0), (0.0, 0.0))))
    assert "nodes 0, bus are joined" in differences(short)
    parts = {k: v for k, v in dab.parts.items() if k != "leakage"}
    assert differences(Sheet(dab.circuit, parts, dab.wires)) == ["leakage is not drawn"]


@pytest.mark.parametrize("name", SHEETS)
def test_page_names_every_parameter_and_gate(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    missing = [path for path in paths(RECORDS[name]) if f"| `{path}` |" not in text]
    assert not missing, "run `make schematics`"
    assert f"({name}.svg)" in text
    for heading in ("What is modelled", "Gates", "Averaged model", "Parameters"):
        assert f"## {heading}\n" in text
    assert with_table(text, name) == text, "run `make schematics`"


def test_drawings_are_up_to_date() -> None:
    pytest.importorskip("schemdraw", reason="schemdraw draws the schematics")
    from voltbench.plant_models.switched.schematics.draw import svg

    old = [
        name
        for name, make in SHEETS.items()
        if svg(make()) != (DOCS / f"{name}.svg").read_text(encoding="utf-8")
    ]
    assert not old, "run `make schematics`"


def test_units_follow_the_names() -> None:
    assert unit_of("r_on_Ohm") == "Ω"
    assert unit_of("change_per_K2") == "1/K²"
    assert unit_of("change_per_K") == "1/K"
    assert unit_of("turns_ratio") == "1"
    assert "| `device.r_on_Ohm` | 0.03 | Ω |" in table("psfb")


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="page dab: no <!-- parameters -->"):
        with_table("# nothing", "dab")
