"""The converters the command knows, and how a value of one is set by its name."""

from dataclasses import replace

from voltbench.calibration.switched_loops.three_phase import FrontEndSettings
from voltbench.hil.errors import BadInput
from voltbench.hil.switched import (
    dab_case,
    front_ends,
    psfb_case,
    resonant,
    totem_pole_case,
)
from voltbench.hil.switched.case import Case
from voltbench.hil.switched.values import pair, unknown, values, with_value
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters

_FRONT = FrontEndSettings()
_HALF = resonant.LlcSettings(output_voltage_ref_V=200.0, output_current_max_A=20.0)
_CLLC = resonant.LlcSettings(
    output_voltage_ref_V=590.0, output_current_max_A=25.0, frequency_min_Hz=55e3,
    frequency_max_Hz=160e3, control_rate_Hz=25e3, voltage_bandwidth_Hz=150.0,
    voltage_slew_V_per_s=80e3,
)  # fmt: skip
_SHAPED = dab_case.ShapedSettings()
_SMALL = DabParameters(load_resistance_Ohm=25.0)
"""At 300 V from 800 V and a third of the current: where inner phase shifts pay."""
_STEP_LLC = ("load_step.resistance_Ohm=60", "load_step.at_s=16e-3")
_STEP_CLLC = ("load_step.resistance_Ohm=130", "load_step.at_s=14e-3")
_FROM_ZERO = ("start_voltage_share=0",)
_STEP_PSFB = ("load_step.resistance_Ohm=60", "load_step.at_s=8e-3")
CASES = (
    Case("pfc", "two-level", "Two-level active front end", ActiveFrontEndParameters(), _FRONT,
         front_ends.two_level),
    Case("pfc", "totem-pole", "Totem-pole PFC", TotemPoleParameters(),
         totem_pole_case.TotemPoleSettings(), totem_pole_case.totem_pole),
    Case("pfc", "t-type", "T-type front end", TTypeParameters(), _FRONT, front_ends.t_type),
    Case("pfc", "vienna", "Vienna rectifier", ViennaParameters(), _FRONT, front_ends.vienna),
    Case("llc", "full-bridge", "LLC, full bridge", LlcParameters(), resonant.LlcSettings(),
         resonant.llc, gallery=_STEP_LLC),
    Case("llc", "half-bridge", "LLC, half bridge", LlcParameters(), _HALF,
         resonant.llc_half_bridge, gallery=_STEP_LLC),
    Case("llc", "cllc", "CLLC", CllcParameters(), _CLLC, resonant.cllc,
         gallery=_STEP_CLLC),
    Case("dab", "single-phase", "Dual active bridge, single phase shift", DabParameters(),
         dab_case.DabSettings(), dab_case.dab, "single", _FROM_ZERO),
    Case("dab", "single-phase", "Dual active bridge, extended phase shift", _SMALL, _SHAPED,
         dab_case.dab_extended, "extended", _FROM_ZERO),
    Case("dab", "single-phase", "Dual active bridge, triple phase shift", _SMALL, _SHAPED,
         dab_case.dab_triple, "triple", _FROM_ZERO),
    Case("dab", "battery", "Dual active bridge, output filter, precharge and battery",
         dab_case.BatteryParameters(), dab_case.BatterySettings(), dab_case.dab_battery, "single"),
    Case("psfb", "diode-bridge", "Phase-shifted full bridge", PsfbParameters(),
         psfb_case.PsfbSettings(), psfb_case.psfb,
         gallery=_STEP_PSFB),
    Case("psfb", "current-doubler", "Phase-shifted full bridge, current doubler",
         PsfbParameters(turns_ratio=0.7), psfb_case.PsfbSettings(),
         psfb_case.psfb_current_doubler, gallery=_STEP_PSFB),
)  # fmt: skip


def find(converter: str, topology: str | None = None, modulation: str | None = None) -> Case:
    """Return a case; without a topology or a modulation the converter's first.

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
        known = ", ".join(dict.fromkeys(case.topology for case in held))
        raise BadInput(f"topology = {topology!r}; allowed for {converter}: {known}")
    chosen = [case for case in found if modulation in (None, case.modulation)]
    if not chosen or modulation == "":
        which = converter if topology is None else f"{converter} {topology}"
        known = ", ".join(dict.fromkeys(case.modulation for case in found if case.modulation))
        raise BadInput(
            f"modulation = {modulation!r}; "
            + (f"allowed for {which}: {known}" if known else f"{which} has no choice of it")
        )
    return chosen[0]


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
