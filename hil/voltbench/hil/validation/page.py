"""The validation page: sections of rows as Markdown, and a short table for the terminal."""

import datetime
from collections.abc import Sequence

from voltbench.hil.evidence import manifest
from voltbench.hil.validation.row import ValidationRow
from voltbench.hil.validation.section import Section

KINDS = {
    "validation": "Validation: the published values were not inputs.",
    "consistency": "Consistency check: parameters were made from these values, or the values "
    "are inputs.",
    "numerics": "Numerics: the simulation against itself or an identity.",
}
_HEAD = (
    "| quantity | published | ours | unit | difference | tolerance | ok | note |",
    "|---|---:|---:|---|---:|---:|---|---|",
)


def number(value: float) -> str:
    """Return a value with what is worth reading of it."""
    if value == 0.0:
        return "0"
    if abs(value) >= 1000.0:
        return f"{value:.0f}"
    return f"{value:.4g}"


def failed(sections: Sequence[Section]) -> list[ValidationRow]:
    """Return every row out of its tolerance."""
    return [row for section in sections for row in section.rows if not row.ok]


def markdown(sections: Sequence[Section], command: str) -> str:
    """Return the page."""
    lines = [
        "# Validation",
        "",
        f"Written by `{command}` on {stamp()}.",
        "",
        *_overview(sections),
    ]
    for section in sections:
        lines += _section(section)
    return "\n".join(lines) + "\n"


def stamp() -> str:
    """Return date and commit of a page."""
    return f"{_today()}, {_commit()}"


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def _commit() -> str:
    found = manifest.commit()
    head = found.get("commit")
    if not head:
        return "outside a checkout"
    return f"commit {str(head)[:12]}" + (" with local changes" if found.get("dirty") else "")


def _overview(sections: Sequence[Section]) -> list[str]:
    lines = ["| part | kind | rows | out of tolerance |", "|---|---|---:|---:|"]
    for s in sections:
        bad = sum(not row.ok for row in s.rows)
        lines.append(f"| {s.title} | {s.kind} | {len(s.rows)} | {bad or '-'} |")
    bad_rows = failed(sections)
    if bad_rows:
        lines += ["", "Out of tolerance: " + "; ".join(row.name for row in bad_rows) + "."]
    return lines


def _section(section: Section) -> list[str]:
    lines = ["", f"## {section.title}", "", f"{KINDS[section.kind]} {section.basis}", "", *_HEAD]
    lines += [_row(row) for row in section.rows]
    for title, items in (
        ("Fitted", section.fitted),
        ("Residuals", section.residuals),
        ("What did not match", section.not_matched),
    ):
        if items:
            lines += ["", f"{title}:", "", *(f"- {item}" for item in items)]
    for name in section.figures:
        lines += ["", f"![{section.title}]({name})"]
    return lines


def _row(row: ValidationRow) -> str:
    cells = (
        row.name,
        number(row.published),
        number(row.ours),
        row.unit,
        f"{row.difference:+.3g}",
        number(row.tolerance),
        "yes" if row.ok else "**no**",
        row.note,
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def short(sections: Sequence[Section]) -> str:
    """Return a line a section, and a line for every row out of tolerance."""
    lines = []
    for section in sections:
        bad = sum(not row.ok for row in section.rows)
        state = f"{bad} of {len(section.rows)} rows out of tolerance" if bad else "ok"
        lines.append(f"{section.title:76s} {section.kind:12s} {len(section.rows):3d} rows  {state}")
    for row in failed(sections):
        lines.append(
            f"  FAILED {row.name}: published {number(row.published)}, ours {number(row.ours)} "
            f"{row.unit}, allowed {number(row.tolerance)}"
        )
    return "\n".join(lines)
