"""Points of each map on the switched engine: its waveforms, its losses, its turn-on voltages."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from voltbench.calibration.analysis.maps.catalog import MAPS
from voltbench.calibration.analysis.maps.operating_map import OperatingMap
from voltbench.calibration.analysis.maps.proof import Proof

VOLTAGE_V = np.array([220.0, 300.0, 390.0, 450.0, 500.0])
CURRENT_A = np.array([0.0, 4.0, 8.0, 14.0, 24.0, 36.0])
EFFICIENCY = 0.2
"""Points (%): what the map promises; nearly all lie within 0.05."""
LOSS_AT_REST = 0.02
"""Of the loss at 0 A, where there is no efficiency to compare."""
TURN_ON = 0.1
"""Of the input: turn-on voltages this near are the same; SOFT is soft."""
SOFT_SHARE = 0.06

SAMPLE = [
    *(("dab", "single", k, j) for k, j in ((0, 1), (1, 3), (2, 2), (3, 2), (3, 3), (4, 1), (4, 4))),
    *(("dab", "extended", k, j) for k, j in ((0, 1), (0, 3), (2, 1), (4, 1), (4, 5))),
    *(("dab", "triple", k, j) for k, j in ((0, 0), (0, 1), (3, 3), (4, 5))),
    *(("llc", "", k, j) for k, j in ((1, 5), (2, 1), (2, 3), (3, 4), (4, 0), (4, 5))),
    *(("psfb", "", k, j) for k, j in ((0, 0), (1, 1), (1, 3), (2, 2), (2, 5), (3, 3), (4, 1))),
]  # fmt: skip


@cache
def made(converter: str, modulation: str) -> OperatingMap:
    mapped = MAPS[converter]
    chosen = (modulation,) if modulation else ()
    return mapped.make(mapped.design(), VOLTAGE_V, CURRENT_A, *chosen)


@cache
def both(converter: str, modulation: str, row: int, column: int) -> tuple[dict[str, float], Any]:
    found = made(converter, modulation)
    assert found.reached[row, column], found.reason[row, column]
    point = found.point(row, column)
    proof = MAPS[converter].prove(MAPS[converter].design(), float(VOLTAGE_V[row]), point)
    return point, proof


@pytest.mark.parametrize(("converter", "modulation", "row", "column"), SAMPLE)
def test_the_switched_converter_loses_what_the_map_says(
    converter: str, modulation: str, row: int, column: int
) -> None:
    point, proof = both(converter, modulation, row, column)
    assert isinstance(proof, Proof)
    if point["output_current_A"] == 0.0:
        assert proof.loss_W == pytest.approx(point["loss_W"], rel=LOSS_AT_REST)
    else:
        assert point["efficiency_percent"] == pytest.approx(
            proof.efficiency_percent, abs=EFFICIENCY
        )


@pytest.mark.parametrize(("converter", "modulation", "row", "column"), SAMPLE)
def test_the_switched_converter_turns_on_as_softly(
    converter: str, modulation: str, row: int, column: int
) -> None:
    point, proof = both(converter, modulation, row, column)
    input_V = made(converter, modulation).input_voltage_V
    near = TURN_ON * input_V
    assert point["turn_on_V"] == pytest.approx(max(proof.worst_turn_on_V, 0.0), abs=near)
    margin = point["zvs_margin"]
    if margin < 0.9:
        assert not proof.zero_voltage
    if margin > 1.5:
        assert proof.worst_turn_on_V < SOFT_SHARE * input_V
