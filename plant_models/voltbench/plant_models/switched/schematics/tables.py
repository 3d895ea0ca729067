"""The table of a parameter record: every field, nested ones by their path, with its unit."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.output_filter import OutputFilterParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters

RECORDS: dict[str, Any] = {
    "totem_pole": TotemPoleParameters(),
    "active_front_end": ActiveFrontEndParameters(),
    "t_type": TTypeParameters(),
    "vienna": ViennaParameters(),
    "llc": LlcParameters(),
    "llc_half_bridge": LlcParameters(),
    "cllc": CllcParameters(),
    "dab": DabParameters(),
    "psfb": PsfbParameters(),
    "psfb_current_doubler": PsfbParameters(),
    "output_filter": OutputFilterParameters(),
}
UNITS = {"per_K2": "1/K²", "per_K": "1/K", "Ohm": "Ω", "Hz": "Hz"} | {u: u for u in "VAHFs"}
START, END = "<!-- parameters -->", "<!-- end of parameters -->"


def unit_of(name: str) -> str:
    """Return the unit a field's name ends with; none: a ratio.

    >>> unit_of("turns_ratio"), unit_of("dead_time_s"), unit_of("change_per_K2")
    ('1', 's', '1/K²')
    """
    return next((unit for end, unit in UNITS.items() if name.endswith(f"_{end}")), "1")


def _notes(record: Any) -> dict[str, str]:
    """Return the strings below the fields of a record's class."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(type(record)))).body[0]
    assert isinstance(tree, ast.ClassDef)
    notes, last = {}, ""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            notes[last] = " ".join(str(node.value.value).split())
    return notes


def _rows(record: Any, path: str = "") -> Iterator[str]:
    notes = _notes(record)
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            yield from _rows(value, f"{path}{field.name}.")
        else:
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            note = notes.get(field.name, "")
            yield f"| `{path}{field.name}` | {shown} | {unit_of(field.name)} | {note} |"


def table(name: str) -> str:
    """Return the table of a page's record, between its marks."""
    record = RECORDS[name]
    lines = [
        f"`{type(record).__name__}`:",
        "",
        "| field | default | unit | |",
        "|---|---:|---|---|",
    ]
    return "\n".join([START, *lines, *_rows(record), END])


def with_table(text: str, name: str) -> str:
    """Return a page with its table renewed.

    Raises
    ------
    ValueError
        If the page has no marks for it.
    """
    before, mark, rest = text.partition(START)
    _, other, after = rest.partition(END)
    if not (mark and other):
        raise ValueError(f"page {name}: no {START} ... {END}")
    return before + table(name) + after
