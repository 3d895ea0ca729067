"""What a map needs besides the circuit's record: devices, cores, cooling, limits.

Defaults are design choices made to be consistent with each other; the devices are files of the
catalog, whose resistance and body diode the circuit's record then has.
"""

from dataclasses import dataclass, field, replace
from functools import cache

from pydantic import ValidationError

from voltbench.calibration.analysis.maps.operating_map import MapError
from voltbench.plant_models.devices import Device, load_device
from voltbench.plant_models.magnetics import Core
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.device import Transistor
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters


@dataclass(frozen=True)
class CoreValues:
    """A transformer core and the winding its flux is counted on; see `magnetics.Core`.

    The default is power ferrite: 50 kW/m3 at 100 kHz and 0.1 T.
    """

    area_m2: float = 8.4e-4
    volume_m3: float = 1.9e-4
    turns: int = 24
    """Of the input winding."""
    steinmetz_k: float = 1.58
    steinmetz_alpha: float = 1.4
    steinmetz_beta: float = 2.5

    def core(self) -> Core:
        """Return the core, checked.

        Raises
        ------
        MapError
            Naming the field that is out of its range.
        """
        try:
            return Core(
                area_m2=self.area_m2,
                volume_m3=self.volume_m3,
                turns=self.turns,
                steinmetz_k=self.steinmetz_k,
                steinmetz_alpha=self.steinmetz_alpha,
                steinmetz_beta=self.steinmetz_beta,
            )
        except ValidationError as error:
            wrong = error.errors()[0]
            name = str(wrong["loc"][0])
            told = str(wrong["msg"]).replace("Input should be", "allowed:")
            raise MapError(f"core.{name} = {wrong['input']:g}; {told}") from None


@dataclass(frozen=True)
class Cooling:
    """Sink (at its surface), what lies between it and each case, and the junctions' limit."""

    sink_C: float = 70.0
    case_to_sink_K_per_W: float = 0.3
    junction_max_C: float = 150.0


@dataclass(frozen=True)
class Bridge:
    """Devices of a bridge: a name of the catalog, and how many are parallel in each position."""

    device: str
    parallel: int = 1

    def part(self) -> Device:
        """Return the device."""
        return _part(self.device)

    def transistor(self) -> Transistor:
        """Return channel and body diode of one position."""
        r_0, r_1, r_2 = self.part().resistance_coefficients()
        diode = self.part().body_diode
        return Transistor(
            r_0 / self.parallel,
            r_1 / r_0,
            r_2 / r_0,
            diode.drop_V,
            diode.resistance_Ohm / self.parallel,
        )

    def heat_path(self, cooling: Cooling) -> float:
        """Return the resistance from a position's junction to the sink (K/W)."""
        each = self.part().thermal_resistance_K_per_W + cooling.case_to_sink_K_per_W
        return each / self.parallel


@cache
def _part(name: str) -> Device:
    return load_device(name)


_INPUT = Bridge("C3M0032120K")
_OUTPUT = Bridge("C3M0025065K", 2)


def _dab() -> DabParameters:
    one, two = _INPUT.transistor(), _OUTPUT.transistor()
    return DabParameters(
        r_on_1_Ohm=one.r_on_Ohm,
        r_on_2_Ohm=two.r_on_Ohm,
        body_voltage_V=one.body_voltage_V,
        body_resistance_Ohm=one.body_resistance_Ohm,
        r_on_1_change_per_K=one.change_per_K,
        r_on_1_change_per_K2=one.change_per_K2,
        r_on_2_change_per_K=two.change_per_K,
        r_on_2_change_per_K2=two.change_per_K2,
    )


def _llc() -> LlcParameters:
    one = _INPUT.transistor()
    return LlcParameters(
        r_on_Ohm=one.r_on_Ohm,
        body_voltage_V=one.body_voltage_V,
        body_resistance_Ohm=one.body_resistance_Ohm,
        r_on_change_per_K=one.change_per_K,
        r_on_change_per_K2=one.change_per_K2,
    )


def _psfb() -> PsfbParameters:
    return replace(PsfbParameters(), device=_INPUT.transistor())


@dataclass(frozen=True)
class DabDesign:
    """A dual active bridge; its load is the map's, not the record's."""

    parameters: DabParameters = field(default_factory=_dab)
    input: Bridge = _INPUT
    output: Bridge = _OUTPUT
    core: CoreValues = CoreValues()
    cooling: Cooling = Cooling()
    phase_shift_max_rad: float = 1.2
    input_rms_max_A: float = 35.0
    """Of the input winding."""


@dataclass(frozen=True)
class RectifierHeat:
    """Heat path of one rectifier diode, junction to case; drop and slope do not change with it."""

    junction_to_case_K_per_W: float = 0.6


@dataclass(frozen=True)
class LlcDesign:
    """A full-bridge LLC under its frequency law (`control.llc`)."""

    parameters: LlcParameters = field(default_factory=_llc)
    input: Bridge = _INPUT
    rectifier: RectifierHeat = RectifierHeat()
    core: CoreValues = CoreValues()
    cooling: Cooling = Cooling()
    frequency_min_Hz: float = 80e3
    frequency_max_Hz: float = 300e3
    input_rms_max_A: float = 35.0


@dataclass(frozen=True)
class PsfbDesign:
    """A phase-shifted full bridge with a diode bridge."""

    parameters: PsfbParameters = field(default_factory=_psfb)
    input: Bridge = _INPUT
    rectifier: RectifierHeat = RectifierHeat()
    core: CoreValues = CoreValues()
    cooling: Cooling = Cooling()
    duty_max: float = 0.96
    input_rms_max_A: float = 35.0
