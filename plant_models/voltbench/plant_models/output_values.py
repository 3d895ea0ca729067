"""The output network's values from a charger's and a vehicle's data, for some temperature."""

import math

from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.output_network import OutputNetwork
from voltbench.plant_models.vehicle import VehiclePlant


def output_network(
    charger: Charger,
    vehicle: VehiclePlant,
    ratio: float,
    cable_degC: float = 20.0,
    R_short: float = math.inf,
) -> OutputNetwork:
    """Return the network with the pack's resistances times `ratio`.

    The capacitors of the RC pairs stay what they are at 25 degC and 50 %: one that followed
    the resistance would create energy. `R_short` (ohm) is a test load across the inlet.
    """
    out, cable, p = charger.output, charger.cable, vehicle.pack
    warm = 1 + cable.temperature_coefficient_per_K * (cable_degC - 20.0)
    loop = out.contactor_resistance_Ohm + cable.pin_resistance_Ohm
    return OutputNetwork(
        modules=charger.rating.modules,
        C_o=out.module_capacitance_F,
        R_o=out.module_capacitor_resistance_Ohm,
        L_f=out.choke_inductance_H,
        R_f=out.choke_resistance_Ohm,
        R_bleed=out.bleed_resistance_Ohm,
        C_bus=out.bus_capacitance_F,
        R_bus=out.bus_capacitor_resistance_Ohm,
        R_discharge=out.discharge_resistance_Ohm,
        L_c=cable.inductance_H + vehicle.L_w,
        R_c=loop + cable.resistance_Ohm * warm,
        C_in=vehicle.C_in,
        R_leak=charger.insulation.resistance_plus_Ohm + charger.insulation.resistance_minus_Ohm,
        R_short=R_short,
        R_w=vehicle.R_w,
        R_0=p.R_0 * ratio,
        R_1=p.R_1 * ratio,
        C_1=p.tau_1 / p.R_1,
        R_2=p.R_2 * ratio,
        C_2=p.tau_2 / p.R_2,
    )
