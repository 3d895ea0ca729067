"""The semiconductors of a topology: what its record holds, and the element each becomes."""

from dataclasses import dataclass

from voltbench.plant_models.switched.elements import BodyDiode, Diode, Switch
from voltbench.plant_models.switched.errors import CircuitError

REFERENCE_C = 25.0
"""Junction temperature the resistances are given at, degC."""


@dataclass(frozen=True)
class Transistor:
    """A gated device with its body diode; zero switches a non-ideality off.

    Attributes
    ----------
    r_on_Ohm : float
        Channel resistance at 25 degC.
    change_per_K, change_per_K2 : float
        Relative change of it, linear and quadratic in the rise above 25 degC.
    body_voltage_V, body_resistance_Ohm : float
        Threshold and slope of the body diode.
    """

    r_on_Ohm: float = 20e-3
    change_per_K: float = 0.0
    change_per_K2: float = 0.0
    body_voltage_V: float = 3.0
    body_resistance_Ohm: float = 10e-3

    def resistance_Ohm(self, junction_temperature_C: float) -> float:
        """Return the channel resistance at a junction temperature.

        Raises
        ------
        CircuitError
            If the fit gives a negative resistance there.
        """
        rise = junction_temperature_C - REFERENCE_C
        factor = 1.0 + rise * (self.change_per_K + rise * self.change_per_K2)
        if factor < 0.0:
            raise CircuitError(
                f"r_on is {factor * self.r_on_Ohm:g} Ohm at junction temperature "
                f"{junction_temperature_C:g} degC; allowed: 0 or above"
            )
        return self.r_on_Ohm * factor

    def switch(self, name: str, drain: str, source: str, junction_temperature_C: float) -> Switch:
        """Return the element; its gate has its name."""
        body = BodyDiode(self.body_voltage_V, self.body_resistance_Ohm)
        r_on = self.resistance_Ohm(junction_temperature_C)
        return Switch(name, drain, source, name, r_on, body)


@dataclass(frozen=True)
class Rectifier:
    """A diode: threshold and slope; zeros make it ideal."""

    forward_voltage_V: float = 0.9
    resistance_Ohm: float = 10e-3

    def diode(self, name: str, anode: str, cathode: str) -> Diode:
        """Return the element."""
        return Diode(name, anode, cathode, self.forward_voltage_V, self.resistance_Ohm)


def leg(
    prefix: str, bus: str, middle: str, low: str, device: Transistor, junction_temperature_C: float
) -> list[Switch]:
    """Return a half bridge: gates `prefix_high` (bus to middle) and `prefix_low`."""
    return [
        device.switch(f"{prefix}_high", bus, middle, junction_temperature_C),
        device.switch(f"{prefix}_low", middle, low, junction_temperature_C),
    ]


def diode_bridge(prefix: str, c: str, d: str, plus: str, diode: Rectifier) -> list[Diode]:
    """Return four diodes from the ends of a winding to `plus` and ground."""
    return [
        diode.diode(f"{prefix}1", c, plus),
        diode.diode(f"{prefix}2", "0", c),
        diode.diode(f"{prefix}3", d, plus),
        diode.diode(f"{prefix}4", "0", d),
    ]
