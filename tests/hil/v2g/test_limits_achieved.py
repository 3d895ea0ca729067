"""CurrentDemandRes: which of the charger's limits the output stands at."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.stage import StageReport
from voltbench.hil.v2g.dialects import DIALECTS
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.secc.responder import Responder
from voltbench.hil.v2g.secc.settings import SeccSettings

# 500 A, 150 kW: the corner lies at 300 V
CASES = [
    (280.0, 499.8, 500.0, (True, False)),  # rated current, 140 kW
    (280.0, 300.0, 500.0, (False, False)),  # as much as asked
    (280.0, 199.9, 200.0, (True, False)),  # derated by heat
    (600.0, 250.1, 250.0, (False, True)),  # constant power
    (600.0, 200.0, 250.0, (False, False)),
]


@pytest.mark.parametrize(("voltage_V", "current_A", "available_A", "reached"), CASES)
@pytest.mark.parametrize("protocol", [Protocol.DIN, Protocol.ISO2])
def test_limits_are_achieved_where_the_measurement_says_so(
    charger: ChargerCapability,
    protocol: Protocol,
    voltage_V: float,
    current_A: float,
    available_A: float,
    reached: tuple[bool, bool],
) -> None:
    responder = Responder(SeccSettings(capability=charger))
    responder.dialect = DIALECTS[protocol]
    responder.target_current_A = current_A
    stage = StageReport(
        output_voltage_V=voltage_V,
        output_current_A=current_A,
        insulation_resistance_Ohm=None,
        link_ready=True,
        output_contactors_closed=True,
        available_voltage_max_V=1000.0,
        available_voltage_min_V=150.0,
        available_current_A=available_A,
        available_power_W=min(150e3, available_A * voltage_V),
        current_limited=False,
        voltage_limited=False,
        power_limited=False,
        fault=None,
    )
    body: Any = responder.build(Step.CURRENT_DEMAND, DIALECTS[protocol].codes("OK"), stage)
    assert (body.current_limit_achieved, body.power_limit_achieved) == reached


def test_a_limit_from_outside_is_the_charger_s_too(simulate: Callable[..., Any]) -> None:
    def hook(run: Any, now_s: float) -> None:
        run.link.secc.responder.limit_power_W = 10e3

    run = simulate(hook=hook)
    last = [m.message.body for m in run.messages if m.message.name == "CurrentDemandRes"][-40]
    assert last.power_limit_achieved
