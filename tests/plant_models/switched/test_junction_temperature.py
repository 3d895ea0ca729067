"""Channel resistances follow the junction temperature in the circuits that are declared."""

from collections.abc import Callable

import pytest

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import Switch
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

# 1.5 at 125 degC: 100 K x 4e-3 + 1e4 K2 x 1e-5
LINEAR, SQUARE = 4e-3, 1e-5
LLC = LlcParameters(r_on_change_per_K=LINEAR, r_on_change_per_K2=SQUARE)
VIENNA = ViennaParameters(r_on_change_per_K=LINEAR, r_on_change_per_K2=SQUARE)


def resistances(circuit: Circuit) -> dict[str, float]:
    return {e.name: e.r_on for e in circuit.elements if isinstance(e, Switch)}


@pytest.mark.parametrize(
    ("make", "cold"),
    [
        (lambda t: llc_circuit(LLC, junction_temperature_C=t), LLC.r_on_Ohm),
        (lambda t: llc_half_bridge_circuit(LLC, junction_temperature_C=t), LLC.r_on_Ohm),
        (lambda t: vienna_circuit(VIENNA, junction_temperature_C=t), VIENNA.r_on_Ohm),
    ],
    ids=["llc", "llc-half-bridge", "vienna"],
)
def test_all_channels_follow(make: Callable[[float], Circuit], cold: float) -> None:
    assert set(resistances(make(25.0)).values()) == {cold}
    assert list(resistances(make(125.0)).values()) == pytest.approx(
        [1.5 * cold] * len(resistances(make(25.0)))
    )


def test_bridges_of_a_dab_follow_their_own() -> None:
    p = DabParameters(r_on_1_change_per_K=5e-3, r_on_2_change_per_K2=1e-5)
    hot = resistances(dab_circuit(p, 0.0, 125.0, 75.0))
    for k in range(1, 5):
        assert hot[f"p{k}"] == pytest.approx(1.5 * p.r_on_1_Ohm)
        assert hot[f"s{k}"] == pytest.approx(1.025 * p.r_on_2_Ohm)


def test_a_fit_that_turns_negative_is_refused() -> None:
    p = ViennaParameters(r_on_change_per_K=-0.02)
    with pytest.raises(CircuitError, match=r"junction temperature 125 degC; allowed: 0 or above"):
        vienna_circuit(p, junction_temperature_C=125.0)
