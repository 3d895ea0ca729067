"""Measured series shipped with the validation: CSV files with their source in the head."""

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from voltbench.hil.validation.run import Columns


@cache
def measured(name: str) -> Columns:
    """Return the columns of ``measured/<name>.csv`` by their names."""
    text = files(__package__).joinpath("measured", f"{name}.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    table = list(csv.DictReader(lines))
    return {key: np.array([float(row[key]) for row in table]) for key in table[0]}


def source(name: str) -> str:
    """Return the head of a file: what was measured and where it is published."""
    text = files(__package__).joinpath("measured", f"{name}.csv").read_text(encoding="utf-8")
    head = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    return " ".join(head)
