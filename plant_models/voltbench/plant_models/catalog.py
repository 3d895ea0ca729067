"""The catalog: vehicles and chargers as TOML files with the source of every value.

A user's own file is as good as one of ours: wherever a name is taken, so is a path.
"""

from voltbench.plant_models.catalog_errors import CatalogError
from voltbench.plant_models.catalog_files import find, load, names
from voltbench.plant_models.vehicle_data import Vehicle

__all__ = ["CatalogError", "chargers", "find", "load", "names", "vehicle", "vehicles"]


def vehicle(name_or_path: str) -> Vehicle:
    """Return a vehicle by catalog name or from a user's own TOML file.

    Raises
    ------
    CatalogError
        One line; see :func:`load`.
    """
    return load(name_or_path, Vehicle, "vehicles")


def vehicles() -> list[str]:
    """Return the names of the catalog's vehicles."""
    return names("vehicles")


def chargers() -> list[str]:
    """Return the names of the catalog's chargers."""
    return names("chargers")
