"""Core loss by the improved generalised Steinmetz equation, for piecewise linear flux.

P = V k_i <|dB/dt|^alpha> DB^(beta - alpha), with k_i from the sinusoidal Steinmetz
parameters k, alpha, beta (loss density k f^alpha B^beta), so triangles need no
sinusoidal equivalent. Source: Venkatachalam et al., doi:10.1109/CIPE.2002.1196712.
Not modelled: DC bias, relaxation at constant flux, temperature.
"""

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0.0)]


class Core(BaseModel):
    """A core and the winding that drives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    area_m2: Positive
    volume_m3: Positive
    turns: Annotated[int, Field(ge=1)]
    steinmetz_k: Positive
    """W/m3 at 1 Hz and 1 T."""
    steinmetz_alpha: Annotated[float, Field(gt=0.8, lt=3.0)]
    steinmetz_beta: Annotated[float, Field(gt=1.0, lt=4.0)]

    def k_i(self) -> float:
        """Return the coefficient of the generalised equation (SI units)."""
        a = self.steinmetz_alpha
        # the integral of |cos t|^a over a turn
        circle = 2.0 * math.sqrt(math.pi) * math.gamma((a + 1.0) / 2.0) / math.gamma(a / 2.0 + 1.0)
        waves = (2.0 * math.pi) ** (a - 1.0) * circle * 2.0 ** (self.steinmetz_beta - a)
        return float(self.steinmetz_k / waves)

    def slope_factor(self, u: float) -> float:
        """Return |dB/dt|^alpha for the voltage u (V) across the winding."""
        return float((abs(u) / (self.turns * self.area_m2)) ** self.steinmetz_alpha)

    def slope_factors(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `slope_factor` of many voltages (V)."""
        slope = np.abs(u) / (self.turns * self.area_m2)
        return np.asarray(slope**self.steinmetz_alpha)

    def swing_factor(self, volt_seconds: float) -> float:
        """Return V k_i DB^(beta - alpha) for a peak-to-peak flux linkage (V s)."""
        swing = volt_seconds / (self.turns * self.area_m2)
        power = self.steinmetz_beta - self.steinmetz_alpha
        return float(self.volume_m3 * self.k_i() * swing**power)

    def square_wave_loss(self, u: float, f: float) -> float:
        """Return the loss under a square wave ±u (V) of frequency f (Hz), W."""
        if u <= 0.0:
            return 0.0
        return self.swing_factor(u / (2.0 * f)) * self.slope_factor(u)


def steinmetz_fit(
    frequency_Hz: list[float], flux_T: list[float], density_W_per_m3: list[float]
) -> tuple[float, float, float]:
    """Return k, alpha, beta: least squares in the logarithms of published loss densities."""
    x = np.column_stack([np.ones(len(flux_T)), np.log(frequency_Hz), np.log(flux_T)])
    (ln_k, alpha, beta), *_ = np.linalg.lstsq(x, np.log(density_W_per_m3))
    return math.exp(ln_k), float(alpha), float(beta)
