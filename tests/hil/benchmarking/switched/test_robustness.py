"""A short walk over the robustness grid; `make robustness` takes all of it."""

from dataclasses import replace
from pathlib import Path

from voltbench.hil.benchmarking.switched import robustness
from voltbench.hil.benchmarking.switched.grid import grid
from voltbench.hil.benchmarking.switched.tried import ALLOWED, Tried, try_point

STRIDE = 17  # prime to every axis of the grid: all topologies, loads and signals are met


def test_grid_is_large_and_its_names_tell_points_apart() -> None:
    names = [point.name for point in grid()]
    assert len(names) >= 500
    assert len(set(names)) == len(names)


def test_no_point_fails_or_is_off() -> None:
    points = list(grid())[5::STRIDE]
    assert {p.circuit.name for p in points} == {p.circuit.name for p in grid()}
    results = [try_point(point, False, False) for point in points]
    assert [r for r in results if not r.good] == []


def test_a_run_resumes_and_a_changed_engine_starts_anew(tmp_path: Path) -> None:
    file, points = tmp_path / "kept.jsonl", list(grid())[60:62]
    first = robustness.run(points, file, "engine")
    text = file.read_text()
    file.write_text(text + '{"name": "half a li')
    assert robustness.run(points, file, "engine") == first
    assert len(file.read_text().splitlines()) == 3  # nothing was tried again
    assert robustness.kept(file, "other engine") == {}


def test_page_counts_failures_and_points_that_are_off() -> None:
    good = Tried("dab: a", "", 1e-9, 1e-9, "0.06", "0.04")
    bad = [
        replace(good, name="dab: b", failure="storm", difference=float("inf"), spice="failed"),
        replace(good, name="llc: c", difference=2.0 * ALLOWED),
        replace(good, name="llc: d", by_hand=2.0 * ALLOWED),
    ]
    text = robustness.page([good, *bad], 4, "command")
    assert "| all | 4 | 1 | 2 | 2.0e-06 | 2.0e-06 (4) | 4 / 1 / 3 | 4 / 0 / 0 |" in text
    assert "- dab: b: storm" in text
