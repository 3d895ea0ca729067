"""Arrow schemas of a trace: the plain one while running, the documented one at the end."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from voltbench.hil.evidence.signals import Signal, others, quantities

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "voltbench trace 1"
STREAM_FORMAT = "voltbench trace stream 2"
QUANTITIES = "quantities"
"""Column of the stream that holds all float32 signals of a row, in their order."""
_NULLS = "null: these rows do not carry the signal, or it had no value then"


def _stored_type(signal: Signal) -> "pa.DataType":
    """Return the type of a column in the stream: as numpy keeps it, without nulls."""
    import pyarrow as pa

    types = {"float32": pa.float32, "float64": pa.float64, "code": pa.int8, "bits": pa.int32}
    return types[signal.storage]()


def _sealed_type(signal: Signal) -> "pa.DataType":
    """Return the type of a column in the Parquet file: states by name."""
    import pyarrow as pa

    if signal.storage == "code":
        return pa.dictionary(pa.int8(), pa.string())
    return _stored_type(signal)


def signals_to_json(signals: Sequence[Signal]) -> str:
    """Return the declarations as one line of JSON, for the stream's own metadata."""
    return json.dumps([vars(signal) for signal in signals])


def signals_from_json(text: str) -> tuple[Signal, ...]:
    """Return the declarations :func:`signals_to_json` wrote."""
    return tuple(Signal(**{**entry, "names": tuple(entry["names"])}) for entry in json.loads(text))


def stream_schema(signals: Sequence[Signal], about: Mapping[str, Any]) -> "pa.Schema":
    """Return the schema of ``trace.arrows``; its metadata suffice to rebuild the Parquet file.

    A batch a simulated second of some fifty columns would cost as much as the session it
    records; one column of lists costs a tenth and is taken apart once, at the end.
    """
    import pyarrow as pa

    fields = [pa.field("window", pa.int16(), nullable=False)]
    fields += [pa.field(s.name, _stored_type(s), nullable=False) for s in others(signals)]
    one = pa.field("item", pa.float32(), nullable=False)
    fields.append(pa.field(QUANTITIES, pa.list_(one, len(quantities(signals))), nullable=False))
    about_rows = {"signals": signals_to_json(signals), "about": json.dumps(about)}
    return pa.schema(fields, {"format": STREAM_FORMAT, **about_rows})


def _describe(signal: Signal) -> dict[str, str]:
    """Return the metadata of one column."""
    text = {"unit": signal.unit, "meaning": signal.meaning}
    if signal.names:
        text["names"] = json.dumps(list(signal.names))
    return text


def sealed_schema(
    signals: Sequence[Signal], about: Mapping[str, Any], windows: Mapping[int, str]
) -> "pa.Schema":
    """Return the schema of ``trace.parquet``.

    Its metadata explain rows, nulls and windows to a reader who has only this file.
    """
    import pyarrow as pa

    window = {"unit": "1", "meaning": "0: decimated rows; k > 0: k-th full-rate window"}
    fields = [pa.field("window", pa.int16(), nullable=False, metadata=window)]
    for signal in signals:
        fields.append(
            pa.field(
                signal.name,
                _sealed_type(signal),
                nullable=signal.name != "time_s",
                metadata=_describe(signal),
            )
        )
    metadata = {
        "format": FORMAT,
        "rows": "decimated rows in time order, then each full-rate window in time order",
        "nulls": _NULLS,
        "about": json.dumps(about),
        "windows": json.dumps({str(k): windows[k] for k in sorted(windows)}),
    }
    return pa.schema(fields, metadata)
