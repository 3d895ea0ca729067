"""Gains for a dual active bridge's output voltage, and the proof on the switched converter."""

from voltbench.calibration.analysis.step import step
from voltbench.calibration.analysis.tune import tune
from voltbench.calibration.figures import save
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.plant_models.switched.topologies.dab import DabParameters

plant = DabVoltage(DabParameters(load_resistance_Ohm=14.5), output_voltage_V=400.0)
tuned = tune(plant, bandwidth_Hz=1500.0, phase_margin_deg=55.0)

found = tuned.margins
print(f"k_p {tuned.gains.k_p:.4g} A/V, k_i {tuned.gains.k_i:.4g} A/(V s)")
print(f"measured: {found.crossover_Hz:.0f} Hz, {found.phase_margin_deg:.1f} deg")
save("tune_a_dab", tuned.bode.figure(), step(plant, tuned.gains, 4.0).figure())
