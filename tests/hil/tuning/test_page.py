"""The tuning page: what it says of a design, and what "holds to" means."""

from dataclasses import replace
from pathlib import Path

import pytest

from voltbench.calibration.analysis.tune import Tuned
from voltbench.hil.tuning.designs import dab, designs
from voltbench.hil.tuning.measured import Proof, agreement, prove
from voltbench.hil.tuning.page import write


@pytest.fixture(scope="module")
def proof() -> Proof:
    return prove(dab(60.0, 2500.0, 60.0))


def test_everything_at_once_moves_a_light_loop_and_tuning_brings_it_back(proof: Proof) -> None:
    # a quarter of the load: what dead time and output capacitance take shows in the crossover
    ideal, real = proof.tuned.margins.crossover_Hz, proof.real.margins.crossover_Hz
    assert ideal is not None
    assert real is not None
    assert real < 0.93 * ideal
    assert isinstance(proof.again, Tuned)
    assert proof.again.margins.crossover_Hz == pytest.approx(2500.0, rel=0.1)
    assert proof.again.margins.phase_margin_deg == pytest.approx(60.0, abs=3.0)


def test_a_model_holds_up_to_its_first_bad_tone(proof: Proof) -> None:
    found = proof.tuned.bode
    value = found.model.response(found.measured.omega)
    value[15] *= 10 ** (0.6 / 20.0)  # 0.6 dB off, the next one not
    bent = replace(found, measured=replace(found.measured, value=value))
    known = agreement(bent)
    assert known.good_to_Hz == pytest.approx(found.measured.frequency_Hz[14])
    assert known.third[0] == pytest.approx(0.6)


def test_the_page_names_every_figure(proof: Proof, tmp_path: Path) -> None:
    write([proof, proof], "2026-01-01, commit 0", tmp_path)
    text = (tmp_path / "tuning.md").read_text(encoding="utf-8")
    assert text.count("2500 Hz, 60°") == 2  # asked
    assert text.count(f"{proof.real.margins.crossover_Hz:.0f} Hz") >= 2
    assert (tmp_path / "tuning.png").stat().st_size > 20000


def test_six_designs_are_asked_what_they_are_said_to_be() -> None:
    asked = designs()
    assert len(asked) == 6
    for design in asked:
        assert design.real.sampling.adc
        assert design.real.sampling.pwm_step_s > 0.0
