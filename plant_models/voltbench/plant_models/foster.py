"""Junction-to-case heat paths as Foster networks: published pairs of R and tau."""

from functools import cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voltbench.plant_models.catalog_files import load

Positive = Annotated[float, Field(gt=0.0)]


class FosterNetwork(BaseModel):
    """Pairs of thermal resistance and time constant (C = tau/R where it is needed)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    source: str
    resistance_K_per_W: Annotated[tuple[Positive, ...], Field(min_length=1)]
    time_constant_s: Annotated[tuple[Positive, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if len(self.resistance_K_per_W) != len(self.time_constant_s):
            raise ValueError("resistance_K_per_W and time_constant_s must have equal length")
        return self


@cache
def foster_network(name: str) -> FosterNetwork:
    """Return a Foster network of the catalog.

    Raises
    ------
    CatalogError
        One line: what is wrong with the name or the file.
    """
    return load(name, FosterNetwork, "foster_networks")
