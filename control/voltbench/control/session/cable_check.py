"""Cable check of a DC charger: short-circuit test, insulation test, discharge.

IEC 61851-23:2023 6.3.1.109 and CC.4.1, as implemented and cited by EVerest
(EVerest/EVerest@aa8113f EvseManager.cpp, dc.rst, manifest.yaml); nothing here was
compared with the standard's own text. Pure: measured values in, stage requests out.
"""

from dataclasses import dataclass
from enum import StrEnum

from voltbench.control.session.limits import (
    SAFE_VOLTAGE,
    STOP_CURRENT,
    ChargerCapability,
    cable_check_voltage_V,
)
from voltbench.control.session.stage import StageMode, StageReport, StageRequest


@dataclass(frozen=True, slots=True)
class CableCheckSettings:
    """Limits and times of the cable check. Source EVerest unless a line says otherwise."""

    stimulus_voltage_V: float = 48.0
    """Low-voltage stimulus; the level is EVerest's early self test."""
    stimulus_current_A: float = 2.0
    stimulus_settle_s: float = 0.5
    """Capacitors of cable and inlet charge first. Unsourced."""
    stimulus_timeout_s: float = 3.0
    """Without the stimulus at the output by then, the test did not take place. Unsourced."""
    current_noise_A: float = 0.065
    """Two readings differ by up to this without a current: 14 bits of ±500 A. A design value."""
    current_offset_A: float = 1.0
    """Largest reading without current that is taken for the sensor's offset. A design value."""
    short_circuit_Ohm: float = 110.0
    """6.3.1.109, CC.7.6.20.3: this or less must be detected."""
    current_fall_s: float = 1.0
    """CC.7.6.20.7: after a short, below 5 A within."""
    voltage_fall_s: float = 2.5
    """CC.7.6.20.7: after a short, below 60 V within."""
    test_current_A: float = 2.0
    voltage_tolerance_V: float = 10.0
    voltage_timeout_s: float = 10.0
    insulation_fault_Ohm: float = 100e3
    """CC.4.1.5."""
    insulation_timeout_s: float = 30.0
    discharge_before_finished: bool = True
    """Below 60 V before Finished: early text of the 2023 edition, on by default in EVerest."""
    discharge_timeout_s: float = 10.0
    performance_time_s: float = 38.0
    """V2G_SECC_CableCheck_Performance_Time of the protocol."""


INF = float("inf")


class CableCheckStep(StrEnum):
    """Where the cable check is."""

    WAIT_LINK = "wait_link"
    SHORT_CIRCUIT = "short_circuit"
    SHORTED = "shorted"
    RAISE = "raise"
    INSULATION = "insulation"
    DISCHARGE = "discharge"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class CableCheckResult:
    """What the cable check measured. Times in s from its start; None where not reached."""

    passed: bool
    reason: str
    test_voltage_V: float
    duration_s: float
    loop_resistance_Ohm: float | None
    """Resistance seen by the short-circuit test; None above what the sensor resolves."""
    insulation_resistance_Ohm: float | None
    insulation_voltage_V: float | None
    """Output voltage measured when the insulation reading was taken."""
    short_current_fall_s: float | None
    short_voltage_fall_s: float | None


class CableCheck:
    """Runs one cable check; call :meth:`advance` with every stage report."""

    def __init__(
        self,
        settings: CableCheckSettings,
        charger: ChargerCapability,
        ev_max_voltage_V: float,
        high_range: bool,
        now_s: float,
        performance_time_s: float = INF,
    ) -> None:
        self.settings = settings
        self.test_voltage_V = cable_check_voltage_V(charger, ev_max_voltage_V)
        self.step = CableCheckStep.WAIT_LINK
        self.result: CableCheckResult | None = None
        self._step_end_s = INF
        self._end_s = now_s + min(settings.performance_time_s, performance_time_s)
        self._start_s = now_s
        self._step_s = now_s
        self._offset_A = 0.0
        self._loop_Ohm: float | None = None
        self._insulation_Ohm: float | None = None
        self._insulation_V: float | None = None
        self._current_fall_s: float | None = None
        self._voltage_fall_s: float | None = None
        self._reason = ""
        power = charger.power_max_W
        self._ready = StageRequest(
            mode=StageMode.READY, high_range=high_range, output_contactors_closed=True
        )
        self._stimulus = self._ready.but(
            mode=StageMode.RUN,
            voltage_V=settings.stimulus_voltage_V,
            current_A=settings.stimulus_current_A,
            power_W=power,
        )
        self._test = self._ready.but(
            mode=StageMode.RUN,
            voltage_V=self.test_voltage_V,
            current_A=settings.test_current_A,
            power_W=power,
        )
        self.request = self._ready

    @property
    def next_deadline_s(self) -> float:
        """When the check wants to be advanced at the latest, in s."""
        return INF if self.result is not None else min(self._step_end_s, self._end_s)

    def advance(self, now_s: float, stage: StageReport) -> StageRequest:
        """Return what the stage shall do next, from what it measured."""
        if self.result is None:
            if now_s >= self._end_s:
                self._finish(now_s, "cable_check_performance_time")
            elif stage.fault is not None:
                self._finish(now_s, f"stage_fault:{stage.fault}")
            else:
                self._dispatch(now_s, stage)
        return self.request

    def _dispatch(self, now_s: float, stage: StageReport) -> None:
        if self.step is CableCheckStep.WAIT_LINK:
            if stage.link_ready and stage.output_contactors_closed:
                # 110 ohm draw 0.44 A of the stimulus, about as much as the sensor is off
                if abs(stage.output_current_A) <= self.settings.current_offset_A:
                    self._offset_A = stage.output_current_A
                self._enter(CableCheckStep.SHORT_CIRCUIT, now_s, self._stimulus)
                self._step_end_s = now_s + self.settings.stimulus_settle_s
        elif self.step is CableCheckStep.SHORT_CIRCUIT:
            self._short_circuit(now_s, stage)
        elif self.step is CableCheckStep.SHORTED:
            self._shorted(now_s, stage)
        elif self.step is CableCheckStep.RAISE:
            self._raise(now_s, stage)
        elif self.step is CableCheckStep.INSULATION:
            self._insulation(now_s, stage)
        elif self.step is CableCheckStep.DISCHARGE:
            self._discharge(now_s, stage)

    def _short_circuit(self, now_s: float, stage: StageReport) -> None:
        settings = self.settings
        if now_s < self._step_s + settings.stimulus_settle_s:
            return
        voltage = stage.output_voltage_V
        current, noise = stage.output_current_A - self._offset_A, settings.current_noise_A
        self._loop_Ohm = max(voltage, 0.0) / current if current > noise else None
        # on the safe side by what the sensor does not resolve
        if current > noise and voltage <= settings.short_circuit_Ohm * (current + noise):
            self._reason = "short_circuit"
            self._enter(CableCheckStep.SHORTED, now_s, self._ready.but(mode=StageMode.OFF))
            self._step_end_s = now_s + settings.current_fall_s
        elif voltage >= 0.9 * settings.stimulus_voltage_V:
            self._enter(CableCheckStep.RAISE, now_s, self._test)
            self._step_end_s = now_s + settings.voltage_timeout_s
        elif now_s >= self._step_s + settings.stimulus_timeout_s:
            self._finish(now_s, "short_circuit_stimulus_missing")
        else:
            self._step_end_s = self._step_s + settings.stimulus_timeout_s

    def _shorted(self, now_s: float, stage: StageReport) -> None:
        elapsed = now_s - self._step_s
        if self._current_fall_s is None and abs(stage.output_current_A) < STOP_CURRENT.value:
            self._current_fall_s = elapsed
        if self._voltage_fall_s is None and stage.output_voltage_V < SAFE_VOLTAGE.value:
            self._voltage_fall_s = elapsed
        safe = self._current_fall_s is not None and self._voltage_fall_s is not None
        if safe or now_s >= self._step_s + self.settings.voltage_fall_s:
            self._finish(now_s, self._reason)
        else:
            self._step_end_s = self._step_s + self.settings.voltage_fall_s

    def _raise(self, now_s: float, stage: StageReport) -> None:
        settings = self.settings
        if abs(stage.output_voltage_V - self.test_voltage_V) <= settings.voltage_tolerance_V:
            # the monitor starts only now, so its reading cannot stem from a lower voltage
            monitored = self._test.but(insulation_monitor_on=True)
            self._enter(CableCheckStep.INSULATION, now_s, monitored)
            self._step_end_s = now_s + settings.insulation_timeout_s
        elif now_s >= self._step_s + settings.voltage_timeout_s:
            self._finish(now_s, "insulation_test_voltage_not_reached")

    def _insulation(self, now_s: float, stage: StageReport) -> None:
        settings = self.settings
        measured = stage.insulation_resistance_Ohm
        if now_s <= self._step_s:
            return
        if measured is None:
            if now_s >= self._step_s + settings.insulation_timeout_s:
                self._finish(now_s, "insulation_reading_missing")
            return
        self._insulation_Ohm = measured
        self._insulation_V = stage.output_voltage_V
        if abs(stage.output_voltage_V - self.test_voltage_V) > settings.voltage_tolerance_V:
            self._finish(now_s, "insulation_test_voltage_lost")
        elif measured < settings.insulation_fault_Ohm:
            self._finish(now_s, "insulation_fault")
        elif settings.discharge_before_finished:
            self._enter(CableCheckStep.DISCHARGE, now_s, self._ready.but(discharge=True))
            self._step_end_s = now_s + settings.discharge_timeout_s
        else:
            self._finish(now_s, "")

    def _discharge(self, now_s: float, stage: StageReport) -> None:
        if stage.output_voltage_V < SAFE_VOLTAGE.value:
            self._finish(now_s, "")
        elif now_s >= self._step_s + self.settings.discharge_timeout_s:
            self._finish(now_s, "output_not_discharged")

    def _enter(self, step: CableCheckStep, now_s: float, request: StageRequest) -> None:
        self.step, self._step_s, self.request = step, now_s, request

    def _finish(self, now_s: float, reason: str) -> None:
        passed = not reason
        off = self._ready.but(mode=StageMode.OFF, discharge=True)
        self._enter(CableCheckStep.DONE, now_s, self._ready if passed else off)
        self.result = CableCheckResult(
            passed=passed,
            reason=reason or "passed",
            test_voltage_V=self.test_voltage_V,
            duration_s=now_s - self._start_s,
            loop_resistance_Ohm=self._loop_Ohm,
            insulation_resistance_Ohm=self._insulation_Ohm,
            insulation_voltage_V=self._insulation_V,
            short_current_fall_s=self._current_fall_s,
            short_voltage_fall_s=self._voltage_fall_s,
        )
