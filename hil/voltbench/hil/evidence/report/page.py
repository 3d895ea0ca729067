"""The page: sections in reading order, the plotting library once, works without a network."""

import json
from dataclasses import dataclass
from html import escape

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.edges import start_figure, stop_figure
from voltbench.hil.evidence.report.energy import ledger_table, losses_figure
from voltbench.hil.evidence.report.figure import Figure
from voltbench.hil.evidence.report.grid import grid_figure
from voltbench.hil.evidence.report.header import conditions_of, foot, head, title_of
from voltbench.hil.evidence.report.link import link_figure
from voltbench.hil.evidence.report.output import output_figure
from voltbench.hil.evidence.report.power import power_figure
from voltbench.hil.evidence.report.run import Run
from voltbench.hil.evidence.report.thermal import thermal_figure
from voltbench.hil.evidence.report.timeline import marked, timeline_figure
from voltbench.hil.evidence.report.verdicts import verdict_table
from voltbench.hil.evidence.report.words import cells, named, table, words_of
from voltbench.hil.evidence.report.zoom import zoom_figures

_OWN_COLUMN = ("t_s", "kind", "source")
_SCRIPT = """
const options = {responsive: true, displaylogo: false, displayModeBar: "hover",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"]};
const linked = [];
let following = false;
function follow(source, change) {
  if (following) return;
  const all = change["xaxis.autorange"] === true;
  const from = change["xaxis.range[0]"] ?? (change["xaxis.range"] || [])[0];
  const to = change["xaxis.range[1]"] ?? (change["xaxis.range"] || [])[1];
  if (!all && (from === undefined || to === undefined)) return;
  const update = all ? {"xaxis.autorange": true} : {"xaxis.range": [from, to]};
  following = true;
  Promise.all(linked.filter(plot => plot !== source).map(plot => Plotly.relayout(plot, update)))
    .finally(() => { following = false; });
}
for (const entry of JSON.parse(document.getElementById("figures").textContent)) {
  const plot = document.getElementById(entry.id);
  Plotly.newPlot(plot, entry.figure.data, entry.figure.layout, options);
  if (entry.linked) {
    linked.push(plot);
    plot.on("plotly_relayout", change => follow(plot, change));
  }
}
"""


@dataclass(frozen=True)
class Section:
    """One section of the page: words and tables around figures."""

    title: str
    note: str
    figures: tuple[Figure, ...] = ()
    linked: bool = False
    """Zooming the time axis zooms the other linked figures too."""
    before: str = ""
    after: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.figures or self.before or self.after)


def _event_table(run: Run) -> str:
    """Return the numbered events of the timeline."""
    rows = []
    for k, event in enumerate(marked(run), start=1):
        rest = {key: value for key, value in event.items() if key not in _OWN_COLUMN}
        details = ", ".join(named(key, value) for key, value in rest.items())
        where = escape(str(event.get("source", "")))
        rows.append(cells(str(k), f"{event['t_s']:.4f}", where, words_of(event["kind"]), details))
    head = ("no.", "time / s", "seen by", "event", "details")
    return table(head, rows, numbers=(1,), kind="events") if rows else ""


def _session_section(run: Run) -> Section:
    """Return timeline and events."""
    gantt = timeline_figure(run)
    return Section(
        "Session",
        "Phases at the beginning and the end of the session; numbers mark the events listed "
        "below, to five digits: all of them are in events.jsonl.",
        (gantt,) if gantt else (),
        after=_event_table(run),
    )


def _edge_sections(run: Run) -> list[Section]:
    """Return start and stop of the charge, every decimated row of them."""
    period_ms = 1e3 * run.start["row_period_s"]
    exact = run.rows.per_pair == 1
    note = (
        f"Every decimated row ({period_ms:g} ms)."
        if exact
        else f"Extremes of every {run.rows.per_pair} rows of {period_ms:g} ms: the trace is long."
    )
    drawn = (
        ("Start: cable check, pre-charge, first current", start_figure(run)),
        ("Stop: ramp down, welding detection, unlock", stop_figure(run)),
    )
    return [Section(title, note, (figure,)) for title, figure in drawn if figure]


def _grid_note(run: Run) -> str:
    """Say what of the current the averaged plant shows."""
    shown = run.start.get("parameters", {}).get("grid_current_shown")
    return f"Grid current {escape(str(shown))}." if shown else ""


def _curves(run: Run) -> list[Section]:
    """Return the figures over the whole charge."""
    drawn = [
        (power_figure, "Power", ""),
        (
            output_figure,
            "Voltage and current",
            "Charger output against the vehicle's requests. Curves are means, shades the "
            "extremes around them; every row is in trace.parquet.",
        ),
        (thermal_figure, "Temperatures and derating", ""),
        (grid_figure, "Grid", _grid_note(run)),
        (link_figure, "DC link, phase shift, insulation", ""),
    ]
    if len(run.rows.time_s) < 2:
        return []
    return [Section(title, note, (draw(run),), linked=True) for draw, title, note in drawn]


def _zoom_section(run: Run) -> Section:
    """Return the full-rate windows."""
    note = f"Recorded every control period ({run.start['control_rate_Hz'] / 1e3:g} kHz)."
    if run.window_count > len(run.windows):
        hidden = run.window_count - len(run.windows)
        note += f" {hidden} more windows are in trace.parquet."
    return Section("Full-rate windows", note, tuple(zoom_figures(run)))


def _energy_section(run: Run) -> Section:
    """Return losses and ledger."""
    figure = losses_figure(run)
    return Section(
        "Energy ledger",
        "Every entry is integrated on its own, none is a difference of others.",
        (figure,) if figure else (),
        after=ledger_table(run),
    )


def _verdict_section(run: Run) -> Section:
    """Return the verdict table."""
    note = (
        "Informative: the limit has no public source or does not apply; such a verdict never "
        "counts as passed. Not verified: the value comes from the source named and was not "
        "compared with the text of the standard. Inconclusive: not measured, or closer to the "
        "limit than the uncertainty."
    )
    return Section("Verdicts", note, before=verdict_table(run))


def _plotting_library() -> str:
    """Return plotly.js as installed."""
    from importlib.resources import files

    code = files("plotly").joinpath("package_data/plotly.min.js").read_text(encoding="utf-8")
    return code.replace("</script", "<\\/script")


def _body(sections: list[Section]) -> tuple[str, str]:
    """Return the HTML of the sections and the figures as JSON."""
    html: list[str] = []
    figures: list[dict[str, object]] = []
    for section in sections:
        note = f'<p class="note">{section.note}</p>' if section.note else ""
        html.append(f"<section><h2>{section.title}</h2>{note}{section.before}")
        for figure in section.figures:
            name = f"figure{len(figures) + 1}"
            height = figure["layout"]["height"]
            html.append(f'<div class="plot" id="{name}" style="height:{height}px"></div>')
            figures.append({"id": name, "linked": section.linked, "figure": figure})
        html.append(f"{section.after}</section>")
    data = json.dumps(figures, separators=(",", ":"), allow_nan=False)
    return "\n".join(html), data.replace("</", "<\\/")


def render(run: Run) -> str:
    """Return the whole page."""
    curves = _curves(run)
    sections = [
        *curves[:2],
        _session_section(run),
        *_edge_sections(run),
        *curves[2:],
        _zoom_section(run),
        _energy_section(run),
        _verdict_section(run),
        Section("Parameters and versions", "", before=foot(run)),
    ]
    body, figures = _body([section for section in sections if not section.empty])
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title_of(run))} · {" · ".join(conditions_of(run))}</title>
<style>{style.CSS}</style>
<script>{_plotting_library()}</script>
</head><body><main>
{head(run)}
{body}
</main>
<script type="application/json" id="figures">{figures}</script>
<script>{_SCRIPT}</script>
</body></html>
"""
