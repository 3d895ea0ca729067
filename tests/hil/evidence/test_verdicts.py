"""Verdicts: what passes, what fails, and what only informs."""

import re
from pathlib import Path

import pytest

from voltbench.hil.evidence.facts import Facts
from voltbench.hil.evidence.limit import Limit, LimitError, load, load_all, shipped
from voltbench.hil.evidence.outcome import Outcome
from voltbench.hil.evidence.verdict import counts, exit_code, judge, judge_all


def _limit(**about: object) -> Limit:
    given = {
        "fact": "u_V", "name": "u_V", "clause": "1.2", "unit": "V", "comparison": "max",
        "value": 60.0, "source": "test", **about,
    }  # fmt: skip
    return Limit.model_validate(given)


def _result(limit: Limit, value: float, uncertainty: float = 0.0, **session: float | str) -> str:
    facts = Facts(**session)
    facts.measure(limit.fact, value, limit.unit, uncertainty)
    return judge(limit, facts.get(limit.fact), facts.session).result


@pytest.mark.parametrize(
    ("about", "value", "uncertainty", "result"),
    [
        ({}, 60.0, 0.0, "pass"),
        ({}, 60.1, 0.0, "fail"),
        ({}, 59.5, 1.0, "inconclusive"),
        ({}, 60.5, 1.0, "inconclusive"),
        ({}, 59.0, 1.0, "pass"),
        ({}, 61.5, 1.0, "fail"),
        ({"comparison": "below"}, 60.0, 0.0, "fail"),
        ({"comparison": "min"}, 60.0, 0.0, "pass"),
        ({"comparison": "above"}, 60.0, 0.0, "fail"),
        ({"comparison": "min"}, 59.9, 0.0, "fail"),
        ({"tolerance": 2.0}, 61.9, 0.0, "pass"),
        ({"comparison": "min", "tolerance": 2.0}, 58.1, 0.0, "pass"),
        ({"comparison": "near", "tolerance": 2.0}, 57.9, 0.0, "fail"),
        ({"comparison": "near", "tolerance": 2.0}, 62.0, 0.0, "pass"),
        ({"comparison": "range", "value": (10.0, 20.0)}, 9.9, 0.0, "fail"),
        ({"comparison": "range", "value": (10.0, 20.0)}, 19.9, 0.2, "inconclusive"),
        ({"unsourced": True}, 1.0, 0.0, "informative"),
        ({"unsourced": True}, 1e6, 0.0, "informative"),
    ],
)
def test_results(about: dict[str, object], value: float, uncertainty: float, result: str) -> None:
    assert _result(_limit(**about), value, uncertainty) == result


def test_not_measured_is_inconclusive_with_its_reason() -> None:
    facts = Facts()
    facts.missing("u_V", "V", "the session ended before PreCharge")
    verdict = judge(_limit(), facts.get("u_V"), {})
    assert (verdict.result, verdict.value) == ("inconclusive", None)
    assert verdict.reason == "the session ended before PreCharge"
    assert judge(_limit(), None, {}).result == "inconclusive"
    facts = Facts()
    facts.not_applicable("u_V", "V", "no emergency stop")
    assert judge(_limit(), facts.get("u_V"), {}).result == "informative"
    assert judge_all(Facts(), [_limit(required=False)]) == []


def test_a_unit_that_differs_is_a_mistake_not_a_verdict() -> None:
    facts = Facts()
    facts.measure("u_A", 1.0, "A")
    with pytest.raises(ValueError, match="fact u_A: unit A, limit u_V has V"):
        judge(_limit(fact="u_A"), facts.get("u_A"), {})
    with pytest.raises(ValueError, match="must end in its unit, _V"):
        facts.measure("u_A_again", 1.0, "V")
    with pytest.raises(ValueError, match="must be finite"):
        facts.measure("v_V", float("nan"), "V")


def test_exit_codes() -> None:
    facts = Facts()
    facts.measure("u_V", 59.0, "V", 0.5)
    passed, informed = judge_all(facts, [_limit(), _limit(name="i", value=1, unsourced=True)])
    failed = judge(_limit(value=1.0), facts.get("u_V"), {})
    inconclusive = judge(_limit(value=59.1), facts.get("u_V"), {})
    assert exit_code([]) == exit_code([passed, informed]) == 0
    assert exit_code([passed, inconclusive, informed]) == 3
    assert exit_code([inconclusive, failed]) == 1
    assert counts([passed, informed, failed])["informative"] == 1


def _by_name() -> dict[str, Limit]:
    return {limit.name: limit for limit in load_all()}


# IEC 61851-23:2023 6.3.1.106.2, Table 103, as EVerest's over_voltage_monitor.yaml has it
@pytest.mark.parametrize(
    ("negotiated_V", "threshold_V"),
    [(400, 550), (500, 550), (500.1, 825), (750, 825), (850, 935), (1000, 1100), (1001, 1375)],
)
def test_emergency_threshold_follows_table_103(negotiated_V: float, threshold_V: float) -> None:
    limit = _by_name()["output_voltage_max_V"]
    assert limit.bound({"ev_max_voltage_V": negotiated_V}) == threshold_V
    assert _result(limit, threshold_V, ev_max_voltage_V=negotiated_V) == "pass"
    assert _result(limit, threshold_V + 1, ev_max_voltage_V=negotiated_V) == "fail"


# CC.4.1.2 with formula CC.1: worked by hand
@pytest.mark.parametrize(
    ("vehicle_V", "charger_V", "test_V"),
    [(412.8, 1000, 462.8), (470, 1000, 500), (470, 480, 480), (500, 1000, 500), (800, 1000, 880),
     (950, 1000, 1000)],
)  # fmt: skip
def test_cable_check_voltage_follows_formula_cc1(
    vehicle_V: float, charger_V: float, test_V: float
) -> None:
    session = {"ev_max_voltage_V": vehicle_V, "evse_max_voltage_V": charger_V}
    assert _by_name()["cable_check_voltage_V"].bound(session) == pytest.approx(test_V)
    current = _by_name()["cable_check_current_A"].bound(session)
    assert current == pytest.approx(test_V / 110)


def test_profiles_of_din_70121_differ_and_are_named() -> None:
    limit = _by_name()["cable_check_duration_s"]
    seconds = [
        limit.bound({"profile": name})
        for name in ("iso-15118-2:2014", "din-70121:2014 (EcoG)", "din-ts-70121:2024 (HotWire)")
    ]
    assert seconds == [38, 40, 38]
    assert _result(limit, 39.0, profile="din-70121:2014 (EcoG)") == "pass"
    assert _result(limit, 39.0, profile="iso-15118-2:2014") == "fail"
    assert _result(limit, 1.0, profile="chademo") == "inconclusive"
    assert _result(limit, 1.0) == "inconclusive"


def test_accuracy_depends_on_the_current() -> None:
    limit = _by_name()["current_error_steady_A"]
    assert limit.bound({"current_error_at_A": 50.0}) == 2.5
    assert limit.bound({"current_error_at_A": 200.0}) == pytest.approx(10.0)


def test_distortion_by_short_circuit_ratio_and_scope() -> None:
    limits = _by_name()
    tdd = limits["grid_current_tdd_percent"]
    # IEEE 519 rows < 20, 20-50, 50-100, 100-1000, > 1000; the strictest where unknown
    ratios = (10, 30, 70, 500, 2000)
    assert [tdd.bound({"short_circuit_ratio": r}) for r in ratios] == [5, 8, 12, 15, 20]
    assert tdd.bound({}) == 5
    thd = limits["grid_current_thd_percent"]
    facts = Facts(rated_phase_current_A=225.0)
    facts.measure("grid_current_thd_percent", 40.0, "percent")
    verdict = judge(thd, facts.get("grid_current_thd_percent"), facts.session)
    assert verdict.result == "informative"
    assert "outside the scope" in verdict.reason


def test_no_limit_claims_more_than_its_source() -> None:
    for limit in load_all():
        if limit.source == "unsourced":
            assert limit.unsourced, limit.name
        # nobody has compared anything with a standard's text yet
        assert limit.verified == (limit.source == "voltbench rating"), limit.name
    assert {limit.edition for limit in load_all() if limit.unsourced} == {
        "IEC 61851-23:2014",
        "IEC 61000-3-12",
    }


def test_a_laboratory_replaces_a_limit_it_has_checked(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    shipped_file = next(path for path in shipped() if "2014" in path.name)
    first = shipped_file.read_text().split("[[limit]]")[1]
    checked = first.replace('source = "unsourced"\nunsourced = true', 'source = "IEC, page 71"')
    own.write_text(
        'edition = "IEC 61851-23:2014"\nabout = "checked"\n[[limit]]'
        + checked
        + 'verified_by = "A. Ampère"\n'
    )
    (mine,) = [v for v in load_all([own]) if v.name == "contactor_close_inrush_current_A"]
    assert mine.verified
    assert _result(mine, 2.5) == "fail"
    assert len(load_all([own])) == len(load_all())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("comparison =", "comparision ="), "limit 1 (unlock_voltage_V) comparision: Extra inputs"),
        (('"below"', '"under"'), "limit 1 (unlock_voltage_V) comparison: Input should be 'max'"),
        (("60.0", '"sixty"'), "limit 1 (unlock_voltage_V) value"),
        (("value = 60.0", ""), "give either value or value_by"),
        (("60.0", "inf"), "finite number"),
        (("60.0", "[50.0, 60.0]"), "value must be [low, high] with comparison range"),
        (("value = 60.0", "value ="), "Invalid value"),
        (('clause = "x"', ""), "clause: Field required"),
    ],
)
def test_a_wrong_limit_file_is_named_in_one_line(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    text = (
        'edition = "E"\nabout = "a"\n[[limit]]\nfact = "unlock_voltage_V"\nclause = "x"\n'
        'unit = "V"\ncomparison = "below"\nvalue = 60.0\nsource = "s"\n'
    )
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace(*change))
    with pytest.raises(LimitError, match=re.escape(words)) as caught:
        load(path)
    assert str(caught.value).startswith("wrong.toml: ")
    assert "\n" not in str(caught.value)


def test_a_whole_charge_is_judged(finished: Outcome) -> None:
    by_name = {verdict.name: verdict for verdict in finished.verdicts}
    assert by_name["contactor_close_voltage_difference_V"].result == "pass"
    assert not by_name["contactor_close_voltage_difference_V"].verified
    assert by_name["junction_temperature_max_degC"].verified
    # 24.5 ms ± 1 ms against 25 ms
    assert by_name["current_demand_response_latency_s"].result == "inconclusive"
    # 5.8 A against an unsourced 2 A: told, never failed
    assert by_name["contactor_close_inrush_current_A"].result == "informative"
    assert "outside the commonly quoted" in by_name["contactor_close_inrush_current_A"].reason
    assert by_name["dc_link_ripple_V"].reason == "no limit on file"
    assert finished.exit_code == 3


def test_timing_limits_know_every_timer_profile_of_the_session() -> None:
    from voltbench.hil.v2g.profiles import load_profiles

    for name in ("cable_check_duration_s", "precharge_duration_s"):
        limit = _by_name()[name]
        for profile in load_profiles():
            assert float(str(limit.bound({"profile": profile}))) > 0
