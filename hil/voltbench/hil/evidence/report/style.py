"""Colours, type and page style of the report: one place, used by every figure."""

from voltbench.calibration.figures import (
    BLUE,
    BROWN,
    FONT,
    GREEN,
    GREY,
    GRID,
    INK,
    ORANGE,
    PURPLE,
    RED,
    TEAL,
)

__all__ = [
    "BLUE",
    "BROWN",
    "CSS",
    "FONT",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "MODULES",
    "ORANGE",
    "PHASES",
    "PURPLE",
    "RED",
    "RESULT",
    "TEAL",
]

MODULES = ("#1c5fb0", "#d8700f", "#2a8a55", "#7a4aa3", "#148490", "#8a5a32", "#b0417d", "#6c7480")
"""Colour of module 1, 2, ...; repeats after eight."""
PHASES = ("#8a5a32", "#2b2f36", "#8d97a3")
"""Phases a, b, c (brown, black, grey as in IEC 60446 wiring)."""

RESULT = {"pass": GREEN, "fail": RED, "inconclusive": "#b07a00", "informative": GREY}

CSS = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f5f7; color: #1d242c; font: 14px/1.45 FONT; }
main { max-width: 1360px; margin: 0 auto; padding: 20px 24px 40px; }
header h1 { font-size: 26px; font-weight: 650; margin: 2px 0 2px; }
header .kind, .sub { color: #5b6570; }
header .kind { font-size: 13px; letter-spacing: .04em; }
.banner { border-left: 5px solid RED; background: #fff; padding: 10px 14px; margin: 14px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px;
  margin: 16px 0 12px; }
.tile { background: #fff; border: 1px solid #dfe3e8; border-radius: 6px; padding: 10px 12px; }
.tile b { display: block; font-size: 19px; font-weight: 620;
  white-space: nowrap; font-variant-numeric: tabular-nums; }
.tile b small { font-size: 13px; font-weight: 500; color: #5b6570; }
.tile span { color: #5b6570; font-size: 12.5px; }
section { background: #fff; border: 1px solid #dfe3e8; border-radius: 6px; padding: 14px 16px 8px;
  margin-top: 14px; }
h2 { font-size: 17px; font-weight: 640; margin: 0 0 2px; }
p.note { margin: 0 0 6px; color: #5b6570; font-size: 13px; max-width: 110ch; }
.plot { width: 100%; }
table { border-collapse: collapse; width: 100%; font-size: 13px; margin: 8px 0; }
th { text-align: left; color: #5b6570; font-weight: 560; border-bottom: 1px solid #c9cfd6; }
th, td { padding: 4px 14px 4px 0; vertical-align: top; }
td { border-bottom: 1px solid #edeff2; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.chip { display: inline-block; border-radius: 3px; padding: 0 7px; color: #fff; font-size: 12px;
  line-height: 19px; white-space: nowrap; }
.counts .chip { margin-right: 6px; font-size: 13px; line-height: 22px; }
.faint { color: #5b6570; font-size: 12px; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 28px; align-items: start; }
ul.attention { list-style: none; margin: 10px 0 0; padding: 0; line-height: 24px; }
table.events { width: auto; min-width: 60%; }
table.events td:nth-child(4) { white-space: nowrap; }
code { font: 12.5px ui-monospace, 'Cascadia Mono', Consolas, monospace; word-break: break-word; }
@media (max-width: 900px) { .two { grid-template-columns: 1fr; } }
@media print { body { background: #fff; } section { break-inside: avoid; border: 0; } }
""".replace("FONT", FONT).replace("RED", RED)
