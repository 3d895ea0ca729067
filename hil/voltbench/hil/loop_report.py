"""What ``voltbench bode`` and ``tune`` say: one record for JSON, lines for people, a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.calibration.figures import CONFIG

if TYPE_CHECKING:
    from voltbench.calibration.analysis.bode import Bode
    from voltbench.calibration.loops import Margins


def bode_summary(found: "Bode") -> dict[str, Any]:
    """Return a measured loop; units in the names, absent margins null."""
    m = found.measured
    model = found.model.response(m.omega)
    return {
        "loop": found.name,
        "gains": {"k_p": found.gains.k_p, "k_i": found.gains.k_i},
        "injection_peak": found.peak,
        "injection_unit": found.unit,
        "measured": margins_summary(found.margins),
        "averaged_model": margins_summary(found.model_margins),
        "points": [
            {
                "frequency_Hz": float(m.frequency_Hz[k]),
                "magnitude_dB": float(m.magnitude_dB[k]),
                "phase_deg": float(np.degrees(np.angle(m.value[k]))),
                "model_magnitude_dB": float(20.0 * np.log10(abs(model[k]))),
                "model_phase_deg": float(np.degrees(np.angle(model[k]))),
                "coherence": float(m.coherence[k]),
                "uncertainty": float(m.uncertainty[k]),
                "signal_to_quantisation_dB": _finite(m.quantisation_dB[k]),
            }
            for k in range(len(m.omega))
        ],
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def margins_summary(m: "Margins") -> dict[str, float | None]:
    """Return margins by name and unit."""

    def number(value: float | None) -> float | None:
        return None if value is None else float(value)

    return {
        "crossover_Hz": number(m.crossover_Hz),
        "phase_margin_deg": number(m.phase_margin_deg),
        "gain_margin_dB": number(m.gain_margin_dB),
        "modulus_margin": number(m.modulus_margin),
    }


def show_bode(found: "Bode") -> None:
    """Print the margins, measured beside averaged, and how far the points agree."""
    print(found.name)
    g = found.gains
    print(f"  k_p {g.k_p:.5g}   k_i {g.k_i:.5g}   injection {found.peak:.3g} {found.unit} peak")
    print(f"  {'':24} {'measured':>10} {'averaged':>10}")
    rows = zip(
        margins_summary(found.margins).items(),
        margins_summary(found.model_margins).values(),
        strict=True,
    )
    for (name, one), other in rows:
        print(f"  {name:24} {_cell(one):>10} {_cell(other):>10}")
    size, turn = (np.abs(part) for part in found.deviation())
    near = np.abs(found.measured.magnitude_dB) < 15.0
    if near.any():
        off = f"{size[near].max():.2f} dB and {turn[near].max():.2f} deg"
        print(f"  averaged model at most {off} off where |L| lies within 15 dB of 1")


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def write_page(found: "Bode", out: Path) -> None:
    """Write the plot as a page that needs no network."""
    out.parent.mkdir(parents=True, exist_ok=True)
    found.figure().write_html(out, include_plotlyjs=True, config=CONFIG)
