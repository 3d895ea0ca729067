"""What lies between a circuit and its controller: ADC, sampling instant, delay, timer.

Each is ideal unless switched on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.tableau import Array

MAX_BITS = 24


@dataclass(frozen=True)
class Adc:
    """A converter: range (V or A of the probe) and bits; 0 bits: the range only."""

    low: float
    high: float
    bits: int = 12

    @property
    def lsb(self) -> float:
        """Return the step (V or A), 0 without one."""
        return (self.high - self.low) / ((1 << self.bits) - 1) if self.bits else 0.0


@dataclass(frozen=True)
class Sampling:
    """The controller's hardware.

    Attributes
    ----------
    instant : float
        Share of the period (0 to below 1) at which the probes are sampled. 0: at the start,
        for the same period's edges. Above: for the edges of the next period.
    delay : bool
        Edges take effect one period after the controller gave them; in the first period the
        gates stay as they are.
    pwm_step_s : float
        Edges fall on multiples of this (s); 0: anywhere.
    adc : Mapping[str, Adc]
        Converters by probe; a probe without one is read as it is.
    """

    instant: float = 0.0
    delay: bool = False
    pwm_step_s: float = 0.0
    adc: Mapping[str, Adc] = field(default_factory=dict)

    def table(self, probes: tuple[str, ...], period_s: float) -> Array:
        """Return low, high and step for each probe.

        Raises
        ------
        CircuitError
            Naming the field, its value and the allowed range.
        """
        if not 0.0 <= self.instant < 1.0:
            raise CircuitError(
                f"sampling instant is {self.instant:g} periods; allowed: 0 to below 1"
            )
        if not 0.0 <= self.pwm_step_s < period_s:
            raise CircuitError(
                f"pwm_step_s is {self.pwm_step_s:g} s; allowed: 0 to below {period_s:g} s"
            )
        rows = np.tile([-np.inf, np.inf, 0.0], (max(len(probes), 1), 1))
        for name, adc in self.adc.items():
            if name not in probes:
                raise CircuitError(f"ADC of {name!r}: no such probe; probes: {', '.join(probes)}")
            if not adc.low < adc.high:
                raise CircuitError(f"ADC of {name!r}: low {adc.low:g} is not below {adc.high:g}")
            if not 0 <= adc.bits <= MAX_BITS:
                raise CircuitError(f"ADC of {name!r}: {adc.bits} bits; allowed: 0 to {MAX_BITS}")
            rows[probes.index(name)] = adc.low, adc.high, adc.lsb
        return rows.ravel()
