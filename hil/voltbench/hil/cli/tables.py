"""Tables on the terminal: no boxes, one header line, columns that shrink before they wrap."""

from collections.abc import Collection, Mapping, Sequence

from rich import box
from rich.table import Table


def plain_table(rows: Sequence[Mapping[str, object]], right: Collection[str] = ()) -> Table:
    """Return a table of equal rows; the columns named in `right` hold numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    for name in rows[0] if rows else ():
        number = name in right
        table.add_column(name, justify="right" if number else "left", no_wrap=number)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table
