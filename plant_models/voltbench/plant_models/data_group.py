"""Base of the tables in the data files: frozen, closed, and each with its origin.

A group of values says where it comes from (`source`, a row of published data) or why it
was chosen (`assumed`); one of the two must be there, both may.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(strict=True)]
Positive = Annotated[float, Field(strict=True, gt=0)]
NotNegative = Annotated[float, Field(strict=True, ge=0)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100)]
Celsius = Annotated[float, Field(strict=True, ge=-60, le=200)]
Factor = Annotated[float, Field(strict=True, ge=0, le=1)]


class Closed(BaseModel):
    """A table without unknown keys, infinities or later changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Group(Closed):
    """A table of values with their origin."""

    source: str = ""
    """Row of published data these values come from."""
    assumed: str = ""
    """Why these values were chosen, where nothing published was found."""

    @model_validator(mode="after")
    def _has_origin(self) -> "Group":
        if not (self.source.strip() or self.assumed.strip()):
            raise ValueError("needs source = '...' or assumed = '...': where its values come from")
        return self


def interpolate(at: float, x: tuple[float, ...], y: tuple[float, ...]) -> float:
    """Interpolate linearly; outside the table the end value holds."""
    if at <= x[0]:
        return y[0]
    for k in range(1, len(x)):
        if at <= x[k]:
            return y[k - 1] + (y[k] - y[k - 1]) * (at - x[k - 1]) / (x[k] - x[k - 1])
    return y[-1]


def mean(x: tuple[float, ...], y: tuple[float, ...]) -> float:
    """Return the mean of a piecewise linear table over its whole range."""
    area = sum((x[k] - x[k - 1]) * (y[k] + y[k - 1]) / 2 for k in range(1, len(x)))
    return area / (x[-1] - x[0])


def check_table(
    x_name: str,
    x: tuple[float, ...],
    y_name: str,
    y: tuple[float, ...],
    span: tuple[float, float] | None = None,
) -> None:
    """Refuse a table whose columns differ in length or whose first column does not ascend.

    Raises
    ------
    ValueError
        Naming the column and the entry; with `span`, also if the ends are not those two.
    """
    if len(x) != len(y):
        raise ValueError(f"{x_name} has {len(x)} entries, {y_name} has {len(y)}: must be equal")
    if len(x) < 2:
        raise ValueError(f"{x_name} has {len(x)} entries; allowed: at least 2")
    for k in range(1, len(x)):
        if x[k] <= x[k - 1]:
            raise ValueError(
                f"{x_name}[{k}] = {x[k]:g} after {x[k - 1]:g}; allowed: ascending values"
            )
    if span is not None and (x[0], x[-1]) != span:
        raise ValueError(
            f"{x_name} runs from {x[0]:g} to {x[-1]:g}; allowed: from {span[0]:g} to {span[1]:g}"
        )
