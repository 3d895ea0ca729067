"""Against recorded sessions of real cars: our order is theirs, and their requests are served."""

import gzip
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voltbench.control.session.cable_check import CableCheckSettings
from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.pilot import PILOT_DIGITAL, pilot_reading
from voltbench.control.session.stage import StageMode, StageReport, StageRequest
from voltbench.hil.v2g.messages.catalog import REQUEST_STEP, Step, body_type
from voltbench.hil.v2g.messages.frame import Protocol, V2gMessage
from voltbench.hil.v2g.messages.matching import (
    AttenCharRsp,
    MnbcSoundInd,
    SdpReq,
    SlacMatchReq,
    SlacParmReq,
    StartAttenCharInd,
)
from voltbench.hil.v2g.messages.schema import element_name
from voltbench.hil.v2g.messages.wire import from_tree
from voltbench.hil.v2g.secc.machine import Secc
from voltbench.hil.v2g.secc.settings import SeccSettings

PROTOCOLS = {"din": Protocol.DIN, "iso2": Protocol.ISO2}
Row = dict[str, Any]


@pytest.fixture(scope="module", name="recorded")
def _recorded() -> list[tuple[Row, list[Row]]]:
    """Return every session with the decoded rows of its messages (None where undecodable)."""
    default = Path(__file__).parents[4] / "shared" / "data" / "v2g_captures"
    folder = Path(os.environ.get("VOLTBENCH_V2G_CAPTURES", default))
    if not (folder / "sessions.jsonl.gz").exists():
        pytest.skip("recorded sessions are absent; set VOLTBENCH_V2G_CAPTURES to their folder")
    with gzip.open(folder / "messages.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    by_hex = {(row["protocol"], row["exi_hex"]): row for row in rows}
    sessions = []
    with gzip.open(folder / "sessions.jsonl.gz", "rt") as lines:
        for line in lines:
            session = json.loads(line)
            sessions.append((session, list(_decode(session, by_hex))))
    return sessions


def _decode(session: Row, by_hex: dict[tuple[str, str], Row]) -> Iterator[Row]:
    for index, message in enumerate(session["messages"]):
        protocol = "sap" if index < 2 else session["protocol"]
        row = by_hex.get((protocol, message["exi_hex"]))
        if row is not None:
            yield row


def complete(recorded: list[tuple[Row, list[Row]]], protocol: str) -> list[tuple[Row, list[Row]]]:
    """Select DC sessions that delivered energy and reached SessionStop."""
    chosen = []
    for session, rows in recorded:
        names = [row["message"] for row in rows]
        if session["protocol"] == protocol and {"CurrentDemandReq", "SessionStopRes"} <= {*names}:
            chosen.append((session, rows))
    return chosen


def collapsed(names: list[str]) -> list[str]:
    """Return the order of exchanges: repeated pairs of request and response count once."""
    pairs = list(itertools.batched(names, 2)) if hasattr(itertools, "batched") else []
    pairs = pairs or [tuple(names[i : i + 2]) for i in range(0, len(names), 2)]
    return [name for pair, _ in itertools.groupby(pairs) for name in pair]


@pytest.mark.parametrize(("protocol", "sessions"), [("din", 10), ("iso2", 15)])
def test_message_order_equals_the_recorded_one(
    recorded: list[tuple[Row, list[Row]]], simulate: Any, car: Any, protocol: str, sessions: int
) -> None:
    kind = PROTOCOLS[protocol]
    run = simulate(car(protocols=(kind,)))
    ours = collapsed([n for p in (Protocol.SAP, kind) for n in run.names(p)])
    found = complete(recorded, protocol)
    assert len(found) == sessions
    for session, rows in found:
        assert collapsed([row["message"] for row in rows]) == ours, session["car"]


class Replay:
    """A charger fed with the recorded requests of a car, one after each answer."""

    def __init__(self, capability: ChargerCapability, protocol: Protocol) -> None:
        quick = CableCheckSettings(stimulus_settle_s=0.1)
        self.secc = Secc(
            SeccSettings(capability=capability, cable_check=quick, protocols=(protocol,))
        )
        self.protocol = protocol
        self.now_s = 0.0
        self.request = StageRequest()
        self.u = 0.0
        self.battery_V = 0.0
        self.resistance_Ohm = 2740.0

    def step(self, incoming: list[V2gMessage]) -> list[V2gMessage]:
        """Advance by 10 ms: the output takes the requested voltage, or the battery's."""
        self.now_s += 0.01
        request = self.request
        if request.battery_connected:
            self.u = self.battery_V
        elif request.mode is StageMode.RUN:
            self.u = request.voltage_V
        elif self.resistance_Ohm == 2740.0 or request.discharge:
            self.u *= 0.5
        report = StageReport(
            output_voltage_V=self.u,
            output_current_A=0.0,
            insulation_resistance_Ohm=1e6 if request.insulation_monitor_on else None,
            link_ready=request.mode is not StageMode.OFF,
            output_contactors_closed=request.output_contactors_closed,
            available_voltage_max_V=1000.0,
            available_voltage_min_V=150.0,
            available_current_A=500.0,
            available_power_W=150e3,
            current_limited=False,
            voltage_limited=False,
            power_limited=False,
            fault=None,
        )
        reading = pilot_reading(PILOT_DIGITAL, self.resistance_Ohm)
        out = self.secc.advance(self.now_s, reading, report, incoming)
        self.request = out.stage_request
        return out.messages

    def match(self) -> None:
        """Go through SLAC and SDP by hand."""
        for _ in range(5):
            self.step([])
        start = [StartAttenCharInd(sounds=10, timeout_ms=600)] * 3
        sounds = [MnbcSoundInd(count=9 - i) for i in range(10)]
        bodies = [SlacParmReq(run_id="01"), *start, *sounds]
        for body in bodies:
            self.step([V2gMessage(Protocol.SLAC, "", body)])
            self.step([])
        for body in (AttenCharRsp(result=0), SlacMatchReq(pev_mac="02A5E0000001")):
            self.step([V2gMessage(Protocol.SLAC, "", body)])
            self.step([])
        self.step([V2gMessage(Protocol.SDP, "", SdpReq(tls=False))])

    def exchange(self, protocol: Protocol, body: object) -> V2gMessage:
        """Send one request and wait for its response."""
        session_id = self.secc.session_id if protocol is not Protocol.SAP else ""
        answers = self.step([V2gMessage(protocol, session_id, body)])
        while not answers:
            answers = self.step([])
        return answers[0]

    def follow(self, step: Step, body: Any) -> None:
        """Do with pilot and battery what the recorded car did at this message."""
        if step is Step.CABLE_CHECK:
            self.resistance_Ohm = 882.0
        elif step is Step.PRE_CHARGE:
            self.battery_V = float(body.target_voltage_V)
        elif step in (Step.WELDING_DETECTION, Step.SESSION_STOP):
            self.resistance_Ohm = 2740.0


def test_recorded_requests_of_every_car_are_served(
    recorded: list[tuple[Row, list[Row]]], charger: ChargerCapability
) -> None:
    served = 0
    for protocol, kind in PROTOCOLS.items():
        for session, rows in complete(recorded, protocol):
            replay = Replay(charger, kind)
            replay.match()
            for row in _one_of_each_poll(rows):
                _serve(replay, kind, session, row)
                served += 1
            assert replay.secc.ending is not None, session["car"]
            assert replay.secc.ending.good, session["car"]
    assert served > 10_000  # requests of 25 sessions, repeated polls of setup steps left out


def _one_of_each_poll(rows: list[Row]) -> Iterator[Row]:
    """Yield the requests; of the steps that wait for the charger only the first."""
    waited = ("CableCheckReq", "AuthorizationReq", "ContractAuthenticationReq")
    before = ""
    for row in rows:
        name = row["message"]
        if not name.lower().endswith("req"):
            continue
        if name != before or name not in waited:
            yield row
        before = name


def _serve(replay: Replay, kind: Protocol, session: Row, row: Row) -> None:
    whole = row["json"]
    tree = (whole["V2G_Message"]["Body"] if "V2G_Message" in whole else whole)[row["message"]]
    protocol = Protocol.SAP if row["protocol"] == "sap" else kind
    body: Any = from_tree(body_type(protocol, row["message"]), tree)
    step = REQUEST_STEP[type(body)]
    replay.follow(step, body)
    while True:
        answer: Any = replay.exchange(protocol, body)
        where = f"{session['car']} {element_name(type(body))}"
        assert answer.body.response_code.value.startswith("OK"), where
        processing = getattr(answer.body, "processing", None)
        if processing is None or processing.value == "Finished":
            return
