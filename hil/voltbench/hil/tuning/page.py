"""Write ``results/tuning.md`` and its picture."""

from collections.abc import Sequence
from pathlib import Path

from voltbench.calibration.analysis.tune import Tuned
from voltbench.calibration.loops import Margins
from voltbench.hil.tuning.designs import BITS, HOT, TIMER_S
from voltbench.hil.tuning.measured import Proof, agreement

HEAD = """# Loops, from a bandwidth to a margin measured on the switched converter

Made by `make tuning` ({stamp}). Each loop was tuned by
`tune(plant, bandwidth, margin)`: gains by formula, refined on the averaged model, measured on the
switched converter by a multisine added to what the law samples (`voltbench bode`), refined again
where the measurement asks for it.

![Six loops](tuning.png)

## Six designs

Crossover and phase margin of the open loop. "With everything", the same gains: {bits} bit
converters on all that the law reads, a timer with {timer:g} ns steps, channels at 125 degC
({hot:g} times their resistance), output capacitances (DC-DC converters) and inductors that lose
20 and 50 % of their inductance. Dead time, body diodes, drops and winding resistances are in
every column.

| loop | asked | measured, switched | averaged model | with everything | tuned with everything |
| --- | --- | --- | --- | --- | --- |
"""

MODELS = """
## Where the averaged models hold

Largest deviation of the averaged model from the measured points, nothing fitted. "Holds to":
every tone up to there lies within 0.5 dB and 2 degrees, or within three times what the point itself
is known to (dead time in a three-phase bridge makes every tone answer at others).

| loop | law's rate | holds to | up to a tenth of the rate | up to a third |
| --- | --- | --- | --- | --- |
"""

NOTES = """
- The LLC's model is the extended describing function with the exact static slope. At the
  resonance it holds past its beat resonance; a fifth above it (178 kHz, not in the table) it
  loses 2 degrees at 400 Hz and 14 at 4 kHz.
- The DAB at a quarter of its load: dead time takes a share of the phase shift, with output
  capacitances more of it, and the loop is slower than the model says. Tuned on the converter as
  it is, it does what was asked.
- The PSFB's inductor loses 20 % of its inductance at 25 A, which its current loop was not told.
- Grid side: both axes as one complex loop, margins over both signs of the frequency. Output
  capacitances are left out there.
"""


def write(proofs: Sequence[Proof], stamp: str, folder: Path) -> None:
    """Write page and picture into a folder."""
    from voltbench.hil.tuning.picture import draw

    head = HEAD.format(stamp=stamp, bits=BITS, timer=1e9 * TIMER_S, hot=HOT)
    rows = "".join(_design(proof) for proof in proofs)
    models = "".join(_model(proof) for proof in proofs)
    (folder / "tuning.md").write_text(head + rows + MODELS + models + NOTES, encoding="utf-8")
    draw(proofs, folder / "tuning.png")


def _pair(m: Margins) -> str:
    if m.crossover_Hz is None or m.phase_margin_deg is None:
        return "no crossover"
    return f"{m.crossover_Hz:.0f} Hz, {m.phase_margin_deg:.1f}°"


def _design(proof: Proof) -> str:
    tuned, again = proof.tuned, proof.again
    asked = f"{tuned.bandwidth_Hz:.0f} Hz, {tuned.phase_margin_deg:.0f}°"
    if isinstance(again, Tuned):
        last = _pair(again.margins)
    else:
        last = f"missed: {_pair(again.reached.margins)}"
    cells = (
        tuned.bode.name, asked, _pair(tuned.margins), _pair(tuned.bode.model_margins),
        _pair(proof.real.margins), last,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _model(proof: Proof) -> str:
    found = proof.tuned.bode
    a, rate = agreement(found), 1.0 / found.model.T_s
    tenth, third = (f"{size:.2f} dB, {turn:.1f}°" for size, turn in (a.tenth, a.third))
    name = found.name.split(", law at")[0]
    cells = (name, f"{1e-3 * rate:g} kHz", f"{a.good_to_Hz:.0f} Hz", tenth, third)
    return f"| {' | '.join(cells)} |\n"
