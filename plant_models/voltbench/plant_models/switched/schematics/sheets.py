"""All sheets by the name of their page."""

from collections.abc import Callable

from voltbench.plant_models.switched.schematics import dcdc, front_ends
from voltbench.plant_models.switched.schematics.sheet import Sheet

SHEETS: dict[str, Callable[[], Sheet]] = {
    "totem_pole": front_ends.totem_pole,
    "active_front_end": front_ends.active_front_end,
    "t_type": front_ends.t_type,
    "vienna": front_ends.vienna,
    "llc": dcdc.llc,
    "llc_half_bridge": dcdc.llc_half_bridge,
    "cllc": dcdc.cllc,
    "dab": dcdc.dab,
    "psfb": dcdc.psfb,
    "psfb_current_doubler": dcdc.psfb_current_doubler,
    "output_filter": dcdc.filter_and_battery,
}
