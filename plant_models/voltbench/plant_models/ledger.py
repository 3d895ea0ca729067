"""The energy ledger: every source, every loss, every store, each from its own cause.

Nothing here is found by subtraction, so the sum is a test: what came from the grid is
what the battery's open-circuit voltage took, plus every loss, plus what the stores hold.
Means over a period come from the exact discretisation; the mean square of a current that
moves from a to b in a period is taken as (mean)^2 + (b - a)^2/12.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import dtype_of, f64, record

LOSSES: dict[str, str] = {
    "grid_impedance": "source resistance of the grid",
    "precharge": "pre-charge resistors",
    "filter_grid_side": "grid-side inductors",
    "filter_damping": "damping resistors",
    "filter_converter_side": "converter-side inductors",
    "inductor_ripple": "switching ripple in the boost inductors",
    "pfc_conduction_outer": "front end, outer devices, conduction",
    "pfc_conduction_inner": "front end, inner devices, conduction",
    "pfc_switching_outer": "front end, outer devices, switching",
    "pfc_switching_inner": "front end, inner devices, switching",
    "link_balancing": "balancing resistors of the DC link",
    "auxiliary": "control supply and fans",
    "dcdc_conduction_primary": "DC/DC, link side, conduction",
    "dcdc_conduction_secondary": "DC/DC, output side, conduction",
    "dcdc_switching_primary": "DC/DC, link side, switching",
    "dcdc_switching_secondary": "DC/DC, output side, switching",
    "dcdc_copper": "transformers and series inductors, windings",
    "dcdc_core": "transformers and series inductors, cores",
    "output_choke": "output filter chokes",
    "output_capacitors": "series resistance of output and bus capacitors",
    "output_bleed": "bleed resistors of the modules",
    "discharge": "discharge resistor",
    "output_contactors": "output contactors",
    "cable": "cable conductors",
    "pins": "connector contacts, charger side",
    "insulation": "insulation resistances and test load",
    "inlet": "inlet contacts, vehicle contactors and wiring",
    "battery_ohmic": "battery, ohmic",
    "battery_rc_fast": "battery, fast RC pair",
    "battery_rc_slow": "battery, slow RC pair",
    "arcs": "contactor arcs and interrupted currents",
}
"""Every loss of the plant and what it is."""

STORES: dict[str, str] = {
    "filters": "AC filters and grid inductance",
    "dc_links": "DC-link capacitors",
    "output_filters": "module output capacitors and chokes",
    "bus_and_cable": "output capacitor, cable inductance, inlet capacitance",
    "battery_rc": "RC pairs of the battery",
}
"""Every store except the battery's open-circuit voltage."""

_sources = ("grid_source", "battery", "vehicle_auxiliary", "connector")


@record
class Ledger:
    """Energies since the start of the run in J."""

    grid_source: float = f64("J", "from the source behind the grid impedance")
    connector: float = f64("J", "through the output contactors' cable side")
    battery: float = f64("J", "into the open-circuit voltage")
    vehicle_auxiliary: float = f64("J", "taken by the vehicle's own load")
    grid_impedance: float = f64("J")
    precharge: float = f64("J")
    filter_grid_side: float = f64("J")
    filter_damping: float = f64("J")
    filter_converter_side: float = f64("J")
    inductor_ripple: float = f64("J")
    pfc_conduction_outer: float = f64("J")
    pfc_conduction_inner: float = f64("J")
    pfc_switching_outer: float = f64("J")
    pfc_switching_inner: float = f64("J")
    link_balancing: float = f64("J")
    auxiliary: float = f64("J")
    dcdc_conduction_primary: float = f64("J")
    dcdc_conduction_secondary: float = f64("J")
    dcdc_switching_primary: float = f64("J")
    dcdc_switching_secondary: float = f64("J")
    dcdc_copper: float = f64("J")
    dcdc_core: float = f64("J")
    output_choke: float = f64("J")
    output_capacitors: float = f64("J")
    output_bleed: float = f64("J")
    discharge: float = f64("J")
    output_contactors: float = f64("J")
    cable: float = f64("J")
    pins: float = f64("J")
    insulation: float = f64("J")
    inlet: float = f64("J")
    battery_ohmic: float = f64("J")
    battery_rc_fast: float = f64("J")
    battery_rc_slow: float = f64("J")
    arcs: float = f64("J")


@plant_kernel
def mean_square(mean: float, a: float, b: float) -> float:
    """Return the mean square over a period of a current that moved from a to b."""
    return mean * mean + (b - a) * (b - a) * (1.0 / 12.0)


def check_names() -> None:
    """Raise if the record and the tables of names disagree (called when imported)."""
    names = set(dtype_of(Ledger).names or ())
    if names != set(LOSSES) | set(_sources):
        raise TypeError(f"ledger names differ: {sorted(names ^ (set(LOSSES) | set(_sources)))}")


check_names()
