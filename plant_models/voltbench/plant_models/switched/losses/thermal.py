"""Junction temperature fed back: losses heat the junction, the junction raises r_on.

The engine's tables hold one resistance each. Junctions therefore stand on a grid of
temperatures, one engine for each cell met, kept; the outer iteration moves between cells
until the temperature from the losses lies in the cell they were computed in. What is left
is at most half a cell, and it is reported.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from voltbench.plant_models.devices import Device
from voltbench.plant_models.switched.losses.report import LossReport

MAX_ROUNDS = 40


class ThermalRunaway(RuntimeError):
    """Junction and losses find no equilibrium below the limit."""


@dataclass(frozen=True)
class Junctions:
    """Devices of one kind on one sink.

    `devices` share the loss of the elements `names` (parallel ones counted); the sink's
    temperature is at the case, plus `case_to_sink_K_per_W` for each device.
    """

    device: Device
    names: tuple[str, ...]
    devices: int
    sink_C: float
    case_to_sink_K_per_W: float = 0.0
    limit_C: float = 250.0

    def temperature_C(self, loss_W: float) -> float:
        """Return the steady junction temperature: all Foster pairs in their end state."""
        group = self.device.thermal_group(self.devices)
        return self.sink_C + loss_W / self.devices * (
            sum(group.R_K_per_W) + self.case_to_sink_K_per_W
        )


@dataclass
class ThermalPoint:
    """The equilibrium: losses, junctions (degC), and their grid cells' temperatures (degC)."""

    losses: LossReport
    junction_C: tuple[float, ...]
    cell_C: tuple[float, ...]
    rounds: int


@dataclass
class ThermalGrid:
    """Losses by temperature cell, each computed once.

    Attributes
    ----------
    losses_at : Callable[[tuple[float, ...]], LossReport]
        Steady-state losses with the junctions of each group at given temperatures (degC).
    groups : tuple[Junctions, ...]
    step_K : float
        Cell width.
    """

    losses_at: Callable[[tuple[float, ...]], LossReport]
    groups: tuple[Junctions, ...]
    step_K: float = 2.0
    known: dict[tuple[float, ...], LossReport] = field(default_factory=dict)

    def cell(self, junctions: tuple[float, ...]) -> tuple[float, ...]:
        """Return the cells' temperatures (degC) that stand for some junctions."""
        return tuple(self.step_K * round(t / self.step_K) for t in junctions)

    def solve(self) -> ThermalPoint:
        """Return the equilibrium.

        Raises
        ------
        ThermalRunaway
            Naming the device, its temperature and its limit, or a cycle between cells.
        """
        junctions = tuple(g.sink_C for g in self.groups)
        for n in range(MAX_ROUNDS):
            cell = self.cell(junctions)
            if cell not in self.known:
                self.known[cell] = self.losses_at(cell)
            losses = self.known[cell]
            heated = tuple(g.temperature_C(losses.device_W(g.names)) for g in self.groups)
            for group, t in zip(self.groups, heated, strict=True):
                if not t <= group.limit_C:
                    raise ThermalRunaway(
                        f"junction of {group.device.part} is {t:.4g} degC with r_on of its cell; "
                        f"allowed: up to {group.limit_C:g} degC"
                    )
            if max(abs(a - b) for a, b in zip(heated, cell, strict=True)) <= 0.75 * self.step_K:
                return ThermalPoint(losses, heated, cell, n + 1)
            junctions = heated
        raise ThermalRunaway(f"junctions still move between cells after {MAX_ROUNDS} rounds")
