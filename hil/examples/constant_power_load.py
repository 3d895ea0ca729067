"""A converter that feeds constant power: measured impedance beside a negative conductance."""

import numpy as np
import plotly.graph_objects as go

from voltbench.calibration.analysis.impedance import output_impedance, stable_beside
from voltbench.calibration.figures import axis, paper, save
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage

plant = DabVoltage(output_voltage_V=400.0)
found = output_impedance(plant, plant.formula(1500.0, 55.0), peak_A=1.0)

powers = np.linspace(1e3, 150e3, 150)
rows = [stable_beside(found, np.full(len(found.omega), -p / 400.0**2, complex)) for p in powers]
limit = next((p for p, (stable, _) in zip(powers, rows, strict=True) if not stable), None)
print("stable at every power" if limit is None else f"stable up to {1e-3 * limit:.0f} kW")

figure = go.Figure(layout=paper(420, "Minor loop of source and load",
                                xaxis=axis("constant power / kW"),
                                yaxis=axis("least |1 + Z Y|", rangemode="tozero")))  # fmt: skip
stable = np.array([one for one, _ in rows])
distance = np.array([one for _, one in rows])
for here, name in ((stable, "stable"), (~stable, "unstable")):
    figure.add_scatter(x=1e-3 * powers[here], y=distance[here], name=name, mode="markers")
save("constant_power_load", figure)
