"""A charge run for the validation, and what its folder of evidence says.

Runs the same function as ``voltbench charge`` into a temporary folder and reads the files
a user would read; nothing is taken from inside the simulation.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltbench.hil.charge import run_charge
from voltbench.hil.options import ChargeOptions

Series = NDArray[np.float64]
Columns = dict[str, Series]


class Demand(NamedTuple):
    """CurrentDemand as seen on the wire, one element a response; times from the first request."""

    time_s: Series
    request_A: Series
    current_A: Series
    voltage_V: Series


class Reading(NamedTuple):
    """Present voltages of PreChargeRes; times from the first PreChargeReq."""

    time_s: Series
    voltage_V: Series


@dataclass(frozen=True)
class Charge:
    """What one run left."""

    options: ChargeOptions
    rows: Columns
    """Decimated rows of the trace, by column name."""
    windows: dict[str, Columns]
    """Full-rate windows by reason (the last one of each reason)."""
    messages: tuple[dict[str, Any], ...]
    summary: dict[str, Any]

    def first_s(self, message: str) -> float:
        """Return when a message was first sent, in s."""
        return next(float(m["t_s"]) for m in self.messages if m["message"] == message)

    def demand(self) -> Demand:
        """Return every CurrentDemand pair."""
        start, asked, table = self.first_s("CurrentDemandReq"), 0.0, []
        for m in self.messages:
            if m["message"] == "CurrentDemandReq":
                asked = m["fields"]["target_current_A"]
            elif m["message"] == "CurrentDemandRes":
                f = m["fields"]
                present = f["present_current_A"], f["present_voltage_V"]
                table.append((m["t_s"] - start, asked, *present))
        return Demand(*np.array(table).T)

    def pre_charge(self) -> Reading:
        """Return every PreCharge response."""
        start = self.first_s("PreChargeReq")
        found = [
            (m["t_s"] - start, m["fields"]["present_voltage_V"])
            for m in self.messages
            if m["message"] == "PreChargeRes"
        ]
        return Reading(*np.array(found).T)

    def phase_s(self, phase: str) -> float:
        """Return when the session reached a phase, in s."""
        return float(self.summary["session"]["phase_times_s"][phase])


@cache
def charged(options: ChargeOptions) -> Charge:
    """Run a charge (once for equal options) and read its folder."""
    with TemporaryDirectory(prefix="voltbench-validation-") as folder:
        out = Path(folder) / "run"
        run_charge(replace(options, out=out))
        rows, windows = _trace(out / "trace.parquet")
        text = (out / "messages.jsonl").read_text(encoding="utf-8")
        messages = tuple(json.loads(line) for line in text.splitlines())
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return Charge(options, rows, windows, messages, summary)


def _trace(path: Path) -> tuple[Columns, dict[str, Columns]]:
    """Return the decimated rows and the full-rate windows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    reasons = {int(k): v for k, v in json.loads(table.schema.metadata[b"windows"]).items()}
    number = table.column("window").to_numpy()
    names = [
        field.name for field in table.schema if pa.types.is_floating(field.type)
    ]  # states and fault words are not needed here
    columns = {name: table.column(name).to_numpy() for name in names}

    def part(k: int) -> Columns:
        inside = number == k
        kept = {name: values[inside].astype(float) for name, values in columns.items()}
        return {name: values for name, values in kept.items() if not np.isnan(values).all()}

    return part(0), {reason: part(k) for k, reason in reasons.items()}
