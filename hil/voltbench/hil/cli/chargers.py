"""``voltbench chargers``: the chargers of the catalog."""

import json
from typing import Annotated

import typer

from voltbench.hil.errors import BadInput

NAME = "chargers"
_WORDS = {"lcl": "LCL filter", "boost_inductor": "boost inductor"}


def rows() -> list[dict[str, object]]:
    """Return one row a charger, units in the names.

    Raises
    ------
    BadInput
        If a file of the catalog is damaged.
    """
    from voltbench.plant_models import catalog
    from voltbench.plant_models.charger_data import Charger

    made: list[dict[str, object]] = []
    for name in catalog.chargers():
        try:
            charger = catalog.load(name, Charger, "chargers")
        except catalog.CatalogError as error:
            raise BadInput(str(error)) from None
        rating = charger.rating
        made.append(
            {
                "name": name,
                "charger": charger.name,
                "power_W": rating.power_W,
                "voltage_min_V": rating.voltage_min_V,
                "voltage_max_V": rating.voltage_max_V,
                "current_max_A": rating.current_max_A,
                "modules": rating.modules,
                "front_end": charger.front_end.filter.type,
            }
        )
    return made


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on stdout.")] = False,
) -> int:
    """List the chargers that can be simulated."""
    listed = rows()
    if as_json:
        print(json.dumps(listed, ensure_ascii=False))
        return 0
    from rich.console import Console

    from voltbench.hil.cli.tables import plain_table

    short = [
        {
            "name": row["name"],
            "charger": row["charger"],
            "kW": f"{row['power_W'] / 1e3:g}",  # type: ignore[operator]
            "V": f"{row['voltage_min_V']:g}-{row['voltage_max_V']:g}",
            "max A": f"{row['current_max_A']:g}",
            "modules": f"{row['modules']}",
            "front end": _WORDS[str(row["front_end"])],
        }
        for row in listed
    ]
    Console().print(plain_table(short, right=("kW", "V", "max A", "modules")))
    return 0
