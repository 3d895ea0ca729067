"""``voltbench vehicles``: the vehicles of the catalog."""

import json
from typing import Annotated

import typer

from voltbench.hil.errors import BadInput

NAME = "vehicles"


def rows() -> list[dict[str, object]]:
    """Return one row a vehicle, units in the names.

    Raises
    ------
    BadInput
        If a file of the catalog is damaged.
    """
    from voltbench.plant_models import catalog

    made: list[dict[str, object]] = []
    for name in catalog.vehicles():
        try:
            car = catalog.vehicle(name)
        except catalog.CatalogError as error:
            raise BadInput(str(error)) from None
        origins = car.origins()
        made.append(
            {
                "name": name,
                "vehicle": car.title,
                "usable_energy_kWh": car.battery.usable_energy_kWh,
                "peak_power_kW": max(car.charge_curve.power_kW),
                "maximum_voltage_V": car.limits.maximum_voltage_V,
                "maximum_current_A": car.limits.maximum_current_A,
                "protocols": list(car.session.protocols),
                "sourced_groups": [group for group, from_ in origins.items() if from_ == "source"],
                "assumed_groups": [group for group, from_ in origins.items() if from_ != "source"],
            }
        )
    return made


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on stdout.")] = False,
) -> int:
    """List the vehicles that can be charged."""
    listed = rows()
    if as_json:
        print(json.dumps(listed, ensure_ascii=False))
        return 0
    from rich.console import Console

    from voltbench.hil.cli.tables import plain_table

    short = [
        {
            "name": row["name"],
            "vehicle": row["vehicle"],
            "kW": f"{row['peak_power_kW']:g}",
            "max V": f"{row['maximum_voltage_V']:g}",
            "max A": f"{row['maximum_current_A']:g}",
            "protocols": " ".join(map(str, row["protocols"])),  # type: ignore[call-overload]
        }
        for row in listed
    ]
    Console().print(plain_table(short, right=("kW", "max V", "max A")))
    return 0
