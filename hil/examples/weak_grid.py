"""One current controller behind an LCL filter, on grids from stiff to weak."""

import plotly.graph_objects as go

from voltbench.calibration.analysis.bode import bode
from voltbench.calibration.figures import axis, paper, save
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent
from voltbench.plant_models.switched.topologies.ac_side import GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters

rows = []
for grid_H in (100e-6, 200e-6, 400e-6, 800e-6):
    lcl = GridFilter(inductance_H=500e-6, filter_capacitance_F=5e-6,
                     filter_resistance_Ohm=3.0, grid_inductance_H=grid_H)  # fmt: skip
    plant = FrontEndCurrent(ActiveFrontEndParameters(grid=lcl))
    found = bode(plant, plant.formula(bandwidth_Hz=1500.0, phase_margin_deg=60.0))
    measured, model = found.margins, found.model_margins
    rows.append((1e6 * grid_H, measured.phase_margin_deg, model.phase_margin_deg))
    print(f"{1e6 * grid_H:.0f} uH: {measured.phase_margin_deg:.1f} deg")

figure = go.Figure(layout=paper(420, "Current loop on weaker grids",
                                xaxis=axis("grid inductance / µH"),
                                yaxis=axis("phase margin / deg", rangemode="tozero")))  # fmt: skip
x, measured_deg, model_deg = zip(*rows, strict=True)
figure.add_scatter(x=x, y=model_deg, name="averaged model", mode="lines")
figure.add_scatter(x=x, y=measured_deg, name="measured, switched", mode="markers")
save("weak_grid", figure)
