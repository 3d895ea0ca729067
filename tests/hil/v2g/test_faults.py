"""Every fault of the stage has a meaning for the vehicle and, where a source has one, a code."""

import pytest

from voltbench.control.signals import Fault
from voltbench.hil.v2g.messages.enums import EvseStatusCode
from voltbench.hil.v2g.secc.faults import STAGE_FAULTS, mrec_code, stage_fault

EMERGENCY = EvseStatusCode.EMERGENCY_SHUTDOWN
MALFUNCTION = EvseStatusCode.MALFUNCTION


def test_every_fault_of_the_control_is_in_the_table_and_no_other() -> None:
    assert set(STAGE_FAULTS) == {fault.name for fault in Fault}


@pytest.mark.parametrize(
    ("name", "code", "mrec", "insulation"),
    [
        ("OUTPUT_OVERCURRENT", EMERGENCY, 4, False),  # Table CC.10
        ("OUTPUT_OVERVOLTAGE", EMERGENCY, 5, False),  # 6.3.1.106.2
        ("INSULATION", MALFUNCTION, 22, True),  # Table CC.10: error shutdown
        ("EMERGENCY_STOP", EMERGENCY, None, False),
        ("LINK_UNDERVOLTAGE", MALFUNCTION, None, False),
        ("LINK_OVERVOLTAGE", MALFUNCTION, 5, False),
        ("MODULE_OVERCURRENT", MALFUNCTION, 4, False),
        ("a_name_from_another_stage", MALFUNCTION, None, False),
    ],
)
def test_stage_faults_mean_what_the_source_says(
    name: str, code: EvseStatusCode, mrec: int | None, insulation: bool
) -> None:
    meaning = stage_fault(name)
    assert (meaning.code, meaning.mrec, meaning.insulation) == (code, mrec, insulation)
    assert mrec_code(f"stage_fault:{name}") == mrec


@pytest.mark.parametrize(
    ("reason", "mrec"),
    [
        ("over_voltage", 5),
        ("authorization_timeout", 9),
        ("cable_check:short_circuit", 11),
        ("cable_check:insulation_fault", 22),
        ("insulation_fault", 22),
        ("sequence_timeout", None),
    ],
)
def test_endings_of_the_session_carry_their_codes(reason: str, mrec: int | None) -> None:
    assert mrec_code(reason) == mrec
