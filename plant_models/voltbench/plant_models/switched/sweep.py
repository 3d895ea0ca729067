"""The operating points at which averaged models answer for the switched ones.

`standing_sweep` is what must hold; `beyond_sweep` goes where the averaged models' assumptions
end, for the page that shows it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.comparison import (
    ComparisonRow,
    cllc_diode_rows,
    cllc_rows,
    dab_rows,
    first_harmonic_rows,
    llc_rows,
    psfb_rows,
)
from voltbench.plant_models.switched.front_end_runs import (
    front_end_rows,
    t_type_case,
    totem_pole_case,
    two_level_case,
    vienna_case,
)
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters


@dataclass(frozen=True)
class SweepPoint:
    """An operating point: its name, and what compares the two models there."""

    name: str
    compare: Callable[[], list[ComparisonRow]]


def dab_points() -> Iterator[SweepPoint]:
    """Yield single, extended and triple phase shift at several loads."""
    p = DabParameters()
    for load in (8.0, 14.5, 50.0):
        for phi in (0.1, 0.3, 0.6, 1.2):
            q = replace(p, load_resistance_Ohm=load)
            yield _dab(q, DabShifts(phi))
    for shifts in (
        DabShifts(0.2, 0.6, 1.0),
        DabShifts(0.4, 0.6, 1.0),
        DabShifts(0.4, 0.8, 0.7),
        DabShifts(0.3, 1.0, 0.5),
        DabShifts(0.8, 0.9, 0.8),
    ):
        yield _dab(p, shifts)


def _dab(p: DabParameters, s: DabShifts) -> SweepPoint:
    name = f"DAB {s.phi:g} {s.duty_1:g} {s.duty_2:g} {p.load_resistance_Ohm:g} Ohm"
    return SweepPoint(name, lambda: dab_rows(p, s))


def llc_points() -> Iterator[SweepPoint]:
    """Yield full and half bridge below, at and above resonance, at several loads."""
    p = LlcParameters()
    for load in (14.5, 50.0, 200.0):
        for kHz in (110.0, 130.0, 150.0, 180.0, 230.0):
            yield _llc(replace(p, load_resistance_Ohm=load), kHz, False)
    for kHz in (120.0, 150.0, 190.0):
        yield _llc(p, kHz, True)


def _llc(p: LlcParameters, kHz: float, half: bool) -> SweepPoint:
    name = f"LLC {'half bridge ' if half else ''}{kHz:g} kHz {p.load_resistance_Ohm:g} Ohm"
    return SweepPoint(name, lambda: llc_rows(p, 1e3 * kHz, half))


def cllc_points() -> Iterator[SweepPoint]:
    """Yield the 11 kW CLLC around its resonance."""
    p = CllcParameters()
    for kHz, phi in ((70.0, 0.0), (73.0, 0.0), (65.0, 0.0), (85.0, 0.2), (90.0, 0.4)):
        yield _cllc(p, kHz, phi)
    for kHz in (60.0, 73.0, 90.0):
        yield _cllc_diode(p, kHz)


def _cllc(p: CllcParameters, kHz: float, phi: float) -> SweepPoint:
    return SweepPoint(f"CLLC {kHz:g} kHz {phi:g} rad", lambda: cllc_rows(p, 1e3 * kHz, phi))


def _cllc_diode(p: CllcParameters, kHz: float) -> SweepPoint:
    return SweepPoint(f"CLLC into diodes {kHz:g} kHz", lambda: cllc_diode_rows(p, 1e3 * kHz))


def psfb_points() -> Iterator[SweepPoint]:
    """Yield both rectifiers over duty and load."""
    p = PsfbParameters()
    for duty in (0.2, 0.5, 0.8, 0.95):
        yield _psfb(p, duty, False)
    for load in (10.0, 40.0):
        yield _psfb(replace(p, dc=DcSide(load_resistance_Ohm=load)), 0.7, False)
    for duty in (0.3, 0.6, 0.9):
        yield _psfb(p, duty, True)


def _psfb(p: PsfbParameters, duty: float, doubler: bool) -> SweepPoint:
    name = f"PSFB {'doubler ' if doubler else ''}{duty:g} {p.dc.load_resistance_Ohm:g} Ohm"
    return SweepPoint(name, lambda: psfb_rows(p, duty, doubler))


STIFF = DcSide(source_voltage_V=800.0)


def front_end_points() -> Iterator[SweepPoint]:
    """Yield the rectifiers at their current law, rectifying and feeding back."""
    for amps in (22.5, 8.0, -20.0):
        yield _two_level(amps)
    for amps in (51.0, 15.0, -51.0):
        yield _t_type(amps)
    for amps, load in ((61.0, 21.3), (30.0, 43.0), (12.0, 107.0)):
        yield _vienna(amps, load)
    for amps, load in ((22.0, 44.4), (10.0, 98.0)):
        yield _totem_pole(amps, load)


def _two_level(amps: float) -> SweepPoint:
    p = ActiveFrontEndParameters(dc=STIFF)
    point = f"{amps:g} A"
    return SweepPoint(f"two-level {point}", lambda: front_end_rows(two_level_case(p, amps), point))


def _t_type(amps: float) -> SweepPoint:
    p = TTypeParameters(dc=STIFF)
    point = f"{amps:g} A"
    return SweepPoint(f"T-type {point}", lambda: front_end_rows(t_type_case(p, amps), point))


def _vienna(amps: float, load: float) -> SweepPoint:
    p = ViennaParameters(load_resistance_Ohm=load)
    point = f"{amps:g} A, {load:g} Ohm"
    return SweepPoint(f"Vienna {point}", lambda: front_end_rows(vienna_case(p, amps), point))


def _totem_pole(amps: float, load: float) -> SweepPoint:
    p = TotemPoleParameters(dc=DcSide(load_resistance_Ohm=load))
    point = f"{amps:g} A, {load:g} Ohm"
    return SweepPoint(
        f"totem pole {point}", lambda: front_end_rows(totem_pole_case(p, amps), point)
    )


def standing_points() -> Iterator[SweepPoint]:
    """Yield every operating point the averaged models must hold at."""
    yield from dab_points()
    yield from llc_points()
    yield from cllc_points()
    yield from psfb_points()
    yield from front_end_points()


def beyond_points() -> Iterator[SweepPoint]:
    """Yield points outside the averaged models' assumptions.

    First harmonics off resonance, light load where ripple or dead time decide, current that
    is discontinuous.
    """
    for kHz in (90.0, 130.0, 150.0, 180.0, 250.0):
        yield _first_harmonic(kHz)
    yield _dab(DabParameters(load_resistance_Ohm=200.0), DabShifts(0.02))
    yield _psfb(PsfbParameters(dc=DcSide(load_resistance_Ohm=400.0)), 0.3, False)
    yield _vienna(3.0, 430.0)
    yield _totem_pole(2.0, 490.0)
    yield _two_level(1.0)


def _first_harmonic(kHz: float) -> SweepPoint:
    return SweepPoint(
        f"first harmonic {kHz:g} kHz", lambda: first_harmonic_rows(LlcParameters(), 1e3 * kHz)
    )


def sweep(points: Iterator[SweepPoint]) -> tuple[list[ComparisonRow], list[str]]:
    """Return the rows of all points, and in words where a model refused its point."""
    rows, refused = [], []
    for point in points:
        try:
            rows += point.compare()
        except NoSteadyState as error:
            refused.append(f"{point.name}: {error}")
    return rows, refused
