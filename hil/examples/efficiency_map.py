"""Where triple phase shift of a dual active bridge loses less than single, and where more."""

import numpy as np
import plotly.graph_objects as go

from voltbench.calibration.analysis.maps.catalog import MAPS
from voltbench.calibration.figures import axis, paper, save

dab = MAPS["dab"]
voltage_V, current_A = np.linspace(150.0, 500.0, 30), np.linspace(0.0, 50.0, 30)
single, triple = (
    dab.make(dab.design(), voltage_V, current_A, name) for name in ("single", "triple")
)
gain = triple.values["efficiency_percent"] - single.values["efficiency_percent"]
here = np.isfinite(gain) & (current_A[None, :] > 2.0)
print(f"triple phase shift is better at {100.0 * (gain[here] > 0.0).mean():.0f} % of the points, "
      f"by up to {gain[here].max():.1f} points of efficiency")  # fmt: skip

figure = go.Figure(layout=paper(460, "Efficiency, triple less single phase shift",
                                xaxis=axis("output current / A"),
                                yaxis=axis("output voltage / V"), hovermode="closest"))  # fmt: skip
figure.add_heatmap(x=current_A, y=voltage_V, z=np.where(here, gain, np.nan), zmin=-3.0,
                   zmax=3.0, colorscale="RdBu", colorbar={"title": "points"})  # fmt: skip
save("efficiency_map", single.figure(), triple.figure(), figure)
