"""``make validate``: compare with published measurements, write ``results/validation.md``.

Prints a short table; exit code 1 if a row is out of its tolerance.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from voltbench.hil.validation import (
    charge_curves,
    control_step,
    dab_switched,
    dab_tida010054,
    energy_balance,
    ioniq_pack,
    ioniq_session,
    switched_averaged,
    switched_dab,
    switched_resonant,
    switched_ttype,
    switched_vienna,
    ttype_crd25bda,
)
from voltbench.hil.validation.page import failed, markdown, short
from voltbench.hil.validation.section import Section


def stages() -> list[Section]:
    """Return the comparisons of the two converter stages with reference designs."""
    dab = dab_tida010054.fitted()
    plain = dab_tida010054.cell()
    R_cs = ttype_crd25bda.split()[1]
    return [
        Section(
            title="DC/DC stage: TIDA-010054, 10 kW dual active bridge",
            kind="validation",
            basis="TI TIDUES0F table 2-1 and SIMBA example 46.",
            rows=tuple(dab_tida010054.rows()),
            fitted=(
                "AC factor of the windings: "
                f"{dab.winding_1_resistance_Ohm / plain.winding_1_resistance_Ohm:.2f}, to the "
                "published transformer loss of 50 W",
                f"inductor resistance at 100 kHz: {1e3 * dab.inductor_resistance_Ohm:.0f} mohm, "
                "to the published 15 W",
            ),
        ),
        Section(
            title="DC/DC stage, switched: TIDA-010054 with losses",
            kind="validation",
            basis="The same values; switched circuit with dead time, body diodes, output "
            "capacitances, energies at each edge, core voltage and junctions in equilibrium.",
            rows=tuple(dab_switched.rows()),
            fitted=("none, but for the two rows with AC windings: the values above",),
        ),
        Section(
            title="Front end: CRD-25BDA6512N-K, 25 kW T-type (inverter mode)",
            kind="validation",
            basis="Wolfspeed PRD-08613 tables 2 and 6, Pout/Pin.",
            rows=tuple(ttype_crd25bda.rows()),
            fitted=(
                f"series resistance: {1e3 * ttype_crd25bda.series_resistance():.1f} mohm a phase, "
                "to the 14 measured points",
                f"case to sink: {R_cs:.2f} K/W, to the maker's outer conduction loss",
            ),
        ),
    ]


def switched() -> list[Section]:
    """Return the comparisons of the switched circuits with designs and formulas."""
    return [
        switched_dab.section(),
        switched_dab.formulas(),
        *switched_resonant.sections(),
        switched_vienna.section(),
        switched_ttype.section(),
    ]


PARTS: tuple[tuple[str, Callable[[], list[Section]]], ...] = (
    ("converter stages", stages),
    ("switched converters", switched),
    ("averaged against switched", lambda: [switched_averaged.section()]),
    ("sessions of the Ioniq", ioniq_session.sections),
    ("pack of the Ioniq", lambda: [ioniq_pack.section()]),
    ("charge curves", lambda: [charge_curves.section()]),
    ("energy balance", lambda: [energy_balance.section()]),
    ("control step", lambda: [control_step.section()]),
)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="voltbench.hil.validate", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results"), metavar="FOLDER")
    return parser.parse_args(words)


def main() -> int:
    """Run every comparison, write page and figures, return the exit code."""
    asked = arguments(sys.argv[1:])
    sections: list[Section] = []
    for what, part in PARTS:
        print(f"comparing: {what}", file=sys.stderr, flush=True)
        sections += part()
    asked.out.mkdir(parents=True, exist_ok=True)
    from voltbench.hil.validation.figures import draw
    from voltbench.hil.validation.switched_figures import draw as draw_switched

    draw(asked.out)
    draw_switched(asked.out)
    command = "python -m voltbench.hil.validate"
    switched_averaged.write(asked.out, command)
    page = asked.out / "validation.md"
    page.write_text(markdown(sections, command), encoding="utf-8")
    print(short(sections))
    print(f"written: {page}", file=sys.stderr)
    return 1 if failed(sections) else 0


if __name__ == "__main__":
    sys.exit(main())
