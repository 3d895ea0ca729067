"""The report page: valid figures, nothing from the network, no peak lost."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from voltbench.hil.evidence.outcome import Outcome
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.report.marks import apart
from voltbench.hil.evidence.report.phases import phases
from voltbench.hil.evidence.report.run import load
from voltbench.hil.evidence.report.sample import outlined, reduced, thin
from voltbench.hil.evidence.report.thermal import thermal_figure
from voltbench.hil.evidence.report.timeline import spans


@pytest.fixture(scope="module")
def page(finished: Outcome) -> str:
    return (finished.folder / "report.html").read_text(encoding="utf-8")


def _figures(page: str) -> list[dict[str, Any]]:
    """Return the figures as a browser would read them."""
    text = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page, re.S)
    assert text is not None
    return [entry["figure"] for entry in json.loads(text[1])]


def test_every_figure_is_valid_plotly(page: str) -> None:
    figures = _figures(page)
    assert len(figures) >= 9
    for figure in figures:
        # plotly.py's own validators refuse an unknown property or a wrong value
        checked = go.Figure(figure)
        assert len(checked.data) > 0


def test_the_page_needs_no_network(page: str) -> None:
    without_library = re.sub(r"<script>/\*\*.*?</script>", "", page, count=1, flags=re.S)
    assert len(without_library) < len(page) - 3_000_000
    assert re.findall(r"""(?:src|href)\s*=\s*["']?[^"'>\s]+""", without_library) == []
    assert "@import" not in without_library
    assert "url(" not in without_library


def test_the_page_is_of_reasonable_size_and_shows_what_matters(page: str) -> None:
    assert len(page.encode()) < 8e6
    for words in ("dc150 charging ioniq5", "Phase current", "Verdicts", "unlock voltage", "49.62"):
        assert words in page, words
    assert page.count('class="chip"') > 30


def test_a_single_row_peak_survives() -> None:
    y = np.sin(np.arange(100_000) / 5000.0)
    y[77_777], y[12] = 50.0, -40.0
    curve = thin(np.arange(100_000.0), y)
    assert curve.high.max() == 50.0
    assert curve.low.min() == -40.0
    # the mean of the bins is the mean of the curve (last bin shorter: 1e-3 of the range)
    assert curve.mean.mean() == pytest.approx(y.mean(), abs=1e-3)
    assert reduced(y, 10).max() == 50.0
    assert reduced(y, 10).min() == -40.0
    assert len(reduced(y, 10)) == 20_000


def test_an_outline_keeps_extremes_in_place() -> None:
    x = np.arange(30_000) * 0.05
    y = np.sin(2 * np.pi * x / 20)
    y[20_001] = 7.0
    at, outline = outlined(x, y)
    assert len(at) == len(outline) <= 2500
    # a bin is 25 rows long: nothing moves by more than three quarters of it
    assert abs(at[outline.argmax()] - x[20_001]) <= 0.75 * 25 * 0.05
    assert np.diff(at) == pytest.approx(12.5 * 0.05)
    np.testing.assert_array_equal(outlined(x[:100], y[:100])[1], y[:100])


def test_a_gap_stays_a_gap() -> None:
    y = np.ones(50_000)
    y[10_000:30_000] = np.nan
    curve = thin(np.arange(50_000.0), y, bins=100)
    assert np.isnan(curve.mean[25:55]).all()
    assert np.isfinite(curve.mean[:19]).all()
    assert np.isfinite(curve.mean[61:]).all()


def test_phases_become_bars(finished: Outcome) -> None:
    run = load(finished.folder)
    found = {phase.name: phase for phase in phases(run)}
    assert len(found) == 17
    # the instants of the events, not of the rows 20 ms apart
    assert found["cable_check"].begin_s == 12.6
    assert found["cable_check"].end_s == 27.1
    early, late = spans(list(found.values()))
    assert early[0] < 0.1 < early[1] < 60
    assert 1150 < late[0] < 1166 < late[1]


def test_a_phase_shorter_than_a_row_has_its_bar(tmp_path: Path, synthetic: Any) -> None:
    recorder = RunRecorder(tmp_path / "run", synthetic.signals(), synthetic.start())
    for t_s, source, phase in (
        (1.0, "evcc", "slac"),
        (1.001, "link", "slac"),
        (1.012, "link", "sdp"),
    ):
        recorder.event(t_s, "phase", source=source, phase=phase)
    recorder.rows({name: y[:100] for name, y in synthetic.rows().items()})
    recorder.abort("stopped")
    found = [(p.name, p.begin_s, p.end_s) for p in phases(load(tmp_path / "run"))]
    assert found == [("idle", 0.0, 1.001), ("slac", 1.001, 1.012), ("sdp", 1.012, 2.0)]


def test_numbers_of_events_do_not_overlap() -> None:
    places = [10.0, 12.0, 100.0, 108.0, 400.0, 401.0, 402.0, 403.0, 404.0, 500.0]
    labels = apart(list(enumerate(places, start=25)))
    assert [label.text for label in labels] == ["25–26", "27", "28", "29–33", "34"]
    assert [label.row for label in labels] == [0, 0, 1, 0, 0]
    rng = np.random.default_rng(5)
    for count in (1, 7, 40, 200):
        crowd = apart(list(enumerate(np.sort(rng.uniform(0, 500, count)), start=1)))
        assert crowd[0].first == 1
        assert crowd[-1].last == count
        for a, b in itertools.combinations(crowd, 2):
            assert a.row != b.row or a.reach[1] <= b.reach[0]


def test_details_of_events_are_short_and_events_jsonl_is_not(
    tmp_path: Path, synthetic: Any
) -> None:
    recorder = RunRecorder(tmp_path / "run", synthetic.signals(), synthetic.start())
    recorder.event(
        1.0,
        "cable_check",
        source="secc",
        passed=True,
        test_voltage_V=851.4000000000001,
        insulation_resistance_Ohm=4690234.583659043,
    )
    recorder.rows({name: y[:100] for name, y in synthetic.rows().items()})
    recorder.abort("stopped")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "passed yes, test voltage 851.4 V, insulation resistance 4.6902 MΩ" in page
    assert "851.4000000000001" in (tmp_path / "run" / "events.jsonl").read_text("utf-8")
    assert "4690234.583659043" in (tmp_path / "run" / "events.jsonl").read_text("utf-8")


def test_the_head_says_what_the_run_was(tmp_path: Path, synthetic: Any) -> None:
    from dataclasses import replace

    parameters = {"soc_start_percent": 10.0, "soc_end_percent": 80.0, "ambient_degC": -5.0}
    start = replace(synthetic.start(), seed=7, parameters={**parameters, "grid": "400V50Hz"})
    recorder = RunRecorder(tmp_path / "run", synthetic.signals(), start)
    recorder.rows({name: y[:100] for name, y in synthetic.rows().items()})
    recorder.abort("stopped")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    words = "state of charge 10 to 80 % · ambient -5 °C · grid 400V50Hz · seed 7"
    assert f"<title>dc150 charging ioniq5 · {words}</title>" in page
    assert page.count(words) == 2


def test_the_rating_s_corner_is_not_drawn_as_derating(finished: Outcome) -> None:
    panels = {
        str(trace["name"]): trace["yaxis"]
        for trace in thermal_figure(load(finished.folder))["data"]
        if trace.get("showlegend", True)
    }
    cause = {
        panels[name] for name in ("module heatsinks", "connector pins", "cable") if name in panels
    }
    assert panels["rating at this voltage"] == panels["after derating"]
    assert panels["rating at this voltage"] not in cause


def test_markup_in_names_stays_text(tmp_path: Path, synthetic: Any) -> None:
    from dataclasses import replace

    evil = "</script><script>alert(1)</script>"
    start = replace(synthetic.start(), vehicle=evil, parameters={"grid": evil, evil: 1})
    recorder = RunRecorder(tmp_path / "run", synthetic.signals(), start)
    recorder.rows({name: y[:5000] for name, y in synthetic.rows().items()})
    recorder.event(1.0, evil, detail=evil)
    recorder.abort(evil)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<script>alert(1)" not in page


def test_importing_evidence_loads_neither_plotly_nor_pyarrow() -> None:
    code = (
        "import sys, voltbench.hil.evidence, voltbench.hil.evidence.recorder, "
        "voltbench.hil.evidence.recover\n"
        "print([m for m in ('pyarrow', 'plotly', 'scipy', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
