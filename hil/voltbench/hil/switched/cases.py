"""The converters the command knows, and how a value of one is set by its name."""

from dataclasses import replace

from voltbench.calibration.switched_loops.three_phase import FrontEndSettings
from voltbench.hil.errors import BadInput
from voltbench.hil.switched import dcdc, front_ends
from voltbench.hil.switched.case import Case
from voltbench.hil.switched.values import pair, unknown, values, with_value
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters

_FRONT = FrontEndSettings()
CASES = (
    Case("pfc", "two-level", "Two-level active front end", ActiveFrontEndParameters(), _FRONT,
         front_ends.two_level),
    Case("pfc", "totem-pole", "Totem-pole PFC", TotemPoleParameters(), dcdc.TotemPoleSettings(),
         dcdc.totem_pole),
    Case("pfc", "t-type", "T-type front end", TTypeParameters(), _FRONT, front_ends.t_type),
    Case("pfc", "vienna", "Vienna rectifier", ViennaParameters(), _FRONT, front_ends.vienna),
    Case("llc", "full-bridge", "LLC, full bridge", LlcParameters(), dcdc.LlcSettings(), dcdc.llc),
    Case("llc", "half-bridge", "LLC, half bridge", LlcParameters(), dcdc.LlcSettings(),
         dcdc.llc_half_bridge),
    Case("dab", "single-phase", "Dual active bridge", DabParameters(), dcdc.DabSettings(),
         dcdc.dab),
    Case("psfb", "diode-bridge", "Phase-shifted full bridge", PsfbParameters(),
         dcdc.PsfbSettings(), dcdc.psfb),
    Case("psfb", "current-doubler", "Phase-shifted full bridge, current doubler",
         PsfbParameters(turns_ratio=0.7), dcdc.PsfbSettings(), dcdc.psfb_current_doubler),
)  # fmt: skip


def find(converter: str, topology: str | None = None) -> Case:
    """Return a case; without a topology the converter's first.

    Raises
    ------
    BadInput
        Naming what there is.
    """
    held = [case for case in CASES if case.converter == converter]
    if not held:
        known = ", ".join(dict.fromkeys(case.converter for case in CASES))
        raise BadInput(f"converter = {converter!r}; allowed: {known}")
    found = [case for case in held if topology in (None, case.topology)]
    if not found:
        known = ", ".join(case.topology for case in held)
        raise BadInput(f"topology = {topology!r}; allowed for {converter}: {known}")
    return found[0]


def with_values(case: Case, asked: list[str]) -> Case:
    """Return a case with values set by ``name=value``.

    Raises
    ------
    BadInput
        For an unknown name, with the nearest one, or a value that is not a finite number.
    """
    parameters, settings = case.parameters, case.settings
    for text in asked:
        name, value = pair(text)
        if name in values(parameters):
            parameters = with_value(parameters, name, value)
        elif name in values(settings):
            settings = with_value(settings, name, value)
        else:
            raise unknown(name, [*values(parameters), *values(settings)])
    return replace(case, parameters=parameters, settings=settings)
