"""Conduction loss of an output's diode bridge and the heat of each of its diodes."""

from voltbench.calibration.analysis.maps.design import Cooling, RectifierHeat
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.topologies.device import Rectifier


def bridge_loss_W(diode: Rectifier, mean_A: Array, rms_A: Array) -> Array:
    """Return the loss (W) of four diodes, two of which conduct in series."""
    return 2.0 * (diode.forward_voltage_V * mean_A + diode.resistance_Ohm * rms_A**2)


def junction_C(loss_W: Array, heat: RectifierHeat, cooling: Cooling) -> Array:
    """Return the junction temperature (degC) of four diodes that share a loss."""
    path = heat.junction_to_case_K_per_W + cooling.case_to_sink_K_per_W
    return cooling.sink_C + 0.25 * loss_W * path
