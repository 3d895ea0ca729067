"""A map over output voltage and current: values, and why a point cannot be reached."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.averaged.linear import Array

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Texts = NDArray[np.str_]
PHASE_SHIFT = "phase shift"
FREQUENCY_MAX = "highest frequency"
FREQUENCY_MIN = "lowest frequency"
DUTY = "duty"
CURRENT = "current"
TEMPERATURE = "temperature"
UNSETTLED = "no steady state found"
"""Reasons; an empty text is a point that is reached."""


class MapError(ValueError):
    """A value that no map can be made from, by name, with its unit and allowed range."""


@dataclass(frozen=True)
class OperatingMap:
    """Values over a grid; rows are voltages, columns currents.

    Attributes
    ----------
    converter, modulation : str
    input_voltage_V : float
    voltage_V, current_A : Array
        The axes, rising.
    values : dict[str, Array]
        By name with unit: ``efficiency_percent``, ``loss_W``, ``junction_C`` (the hottest),
        ``zvs_margin`` (of the worst leg, see `commutation`: 1 or above is soft), ``turn_on_V``
        (the highest voltage a channel closes on), the losses by kind, and what the modulation
        does. NaN where a point has none.
    reason : Texts
        Empty where the point is reached, otherwise which limit forbids it.
    limits : dict[str, str]
        Each reason in words, with the design's own limit.
    """

    converter: str
    modulation: str
    input_voltage_V: float
    voltage_V: Array
    current_A: Array
    values: dict[str, Array]
    reason: Texts
    limits: dict[str, str]

    @property
    def title(self) -> str:
        """Return what the map is of."""
        kind = f", {self.modulation}" if self.modulation else ""
        return f"{self.converter.upper()}{kind}, {self.input_voltage_V:g} V input"

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Return where a point is reached."""
        found: NDArray[np.bool_] = self.reason == ""
        return found

    def point(self, row: int, column: int) -> dict[str, float]:
        """Return all values of a point, its voltage and current among them."""
        axes = {
            "output_voltage_V": float(self.voltage_V[row]),
            "output_current_A": float(self.current_A[column]),
        }
        return axes | {name: float(v[row, column]) for name, v in self.values.items()}

    def best(self) -> tuple[float, float, float]:
        """Return the highest efficiency (%) and the voltage (V) and current (A) it is at.

        Raises
        ------
        MapError
            If no point is reached.
        """
        if not self.reached.any():
            found = sorted(set(self.reason.ravel().tolist()))
            raise MapError(f"no point of the map is reached; limits met: {', '.join(found)}")
        efficiency = np.where(self.reached, self.values["efficiency_percent"], -1.0)
        k, j = np.unravel_index(int(efficiency.argmax()), efficiency.shape)
        return float(efficiency[k, j]), float(self.voltage_V[k]), float(self.current_A[j])

    def figure(self) -> "Figure":
        """Return the four panels."""
        from voltbench.calibration.analysis.maps.map_plot import map_figure

        return map_figure(self)

    def _repr_html_(self) -> str:
        html: str = self.figure().to_html(full_html=False, include_plotlyjs="require")
        return html

    def summary(self) -> dict[str, Any]:
        """Return the map as one object; absent values null, units in the names."""
        best, at_V, at_A = self.best()
        return {
            "converter": self.converter,
            "modulation": self.modulation,
            "input_voltage_V": self.input_voltage_V,
            "best_efficiency_percent": best,
            "best_at": {"output_voltage_V": at_V, "output_current_A": at_A},
            "output_voltage_V": self.voltage_V.tolist(),
            "output_current_A": self.current_A.tolist(),
            "limits": self.limits,
            "reason": self.reason.tolist(),
            **{name: _rows(value) for name, value in self.values.items()},
        }


def _rows(value: Array) -> list[list[float | None]]:
    return [[float(x) if np.isfinite(x) else None for x in row] for row in value]


def grid(voltage_V: Array, current_A: Array) -> tuple[Array, Array]:
    """Return voltage and current of every point, rows of voltages laid one after the other.

    Raises
    ------
    MapError
        If an axis is empty, does not rise, or leaves its range.
    """
    axes = (("output voltage", "V", voltage_V, 1.0), ("output current", "A", current_A, 0.0))
    for name, unit, axis, least in axes:
        if axis.ndim != 1 or not len(axis) or not np.isfinite(axis).all():
            raise MapError(f"{name}: {axis!r}; expected: a list of finite numbers ({unit})")
        if axis.min() < least:
            raise MapError(f"{name} {axis.min():g} {unit}; allowed: {least:g} {unit} or above")
        if (np.diff(axis) <= 0.0).any():
            raise MapError(f"{name}: must rise from point to point")
    u, i = np.meshgrid(voltage_V, current_A, indexing="ij")
    return u.ravel(), i.ravel()
