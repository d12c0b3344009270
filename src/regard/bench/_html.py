"""The report as one static page: styles, bars and pictures are in the file; it fetches nothing and runs nothing.

Whatever a model, a data file or a folder name says is escaped, and the page forbids scripts and every address but data.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from PIL import Image as PILImage

from regard.bench._beside import Beside, cell, percent
from regard.bench._figures import Estimate, Figure, head
from regard.bench._reports import Run
from regard.bench._score import STATES
from regard.bench._worst import Answered
from regard.draw import show
from regard.draw.palette import colour
from regard.prompts.answer import printable
from regard.prompts.sample import Sample

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
LONG_SIDE, QUALITY = 560, 82
WIDE, TALL, LEFT = 760, 16, 300  # of a chart in pixels: across, a bar, the room for names
LETTERS = 40  # of a name in that room
LONGEST = 2000  # letters of an answer
STYLE = """
:root { color-scheme: light dark; --ink: #1f2430; --paper: #fff; --pale: #8a92a3; --line: #d9dde5; --card: #f6f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaf0; --paper: #15171c; --pale: #8f97a8; --line: #343945; --card: #1d2027; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin-top: 2rem; }
table { border-collapse: collapse; font-size: .87rem; } .wide { overflow-x: auto; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, td:last-child, th:last-child { text-align: left; }
tr.ours td { font-weight: 600; } tr.other td { color: var(--pale); } .range { color: var(--pale); font-weight: 400; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; }
ul { padding-left: 1.2rem; } .pale { color: var(--pale); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; overflow: hidden; }
.card img { width: 100%; height: auto; border-radius: 4px; } .card p { margin: .4rem 0; overflow-wrap: anywhere;
  white-space: pre-line; max-height: 16em; overflow-y: auto; } .card b { color: var(--pale); font-weight: 600; }
"""


def page(found: Sequence[Beside], runs: Mapping[str, Sequence[Run]], worst: Mapping[str, Sequence[str]]) -> str:
    """Return the page: for each benchmark its figures beside printed ones, bars, coverage, and the worst answers.

    worst: for each benchmark, sections that `cards` or `without_cards` made.
    """
    parts = [f"<h1>{_safe(', '.join(runs))}</h1>"]
    for one in found:
        mine = runs[one.benchmark]
        notes = "".join(f"<li>{_safe(note)}</li>" for note in one.notes)
        parts += [f"<h2>{_safe(one.benchmark)}</h2>", _legend(mine), _chart(mine), _coverage(mine)]
        parts += [_table(one), f"<ul>{notes}</ul>", *worst.get(one.benchmark, ())]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_safe(', '.join(runs))}</title>\n<style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def cards(title: str, rows: Iterable[tuple[Answered, str]]) -> str:
    """Return a section of answers as cards: picture with regions, question, answer, truth.

    Each comes with the reason why its picture cannot be shown, "" when it can.
    """
    return f'<h3>{_safe(title)}</h3>\n<div class="cards">{"".join(_card(*row) for row in rows)}</div>'


def without_cards(title: str, reason: str) -> str:
    """Return a section that says why there are no cards."""
    return f'<h3>{_safe(title)}</h3>\n<p class="pale">{_safe(reason)}</p>'


def _card(row: Answered, reason: str) -> str:
    item, score = row.item, row.score
    shown = _picture(item.sample) if isinstance(item.sample, Sample) else ""
    told = f"{score.hits:g} of {score.count:g}" + ("" if score.readable else ", unreadable")
    lines = {"question": item.question, "answer": _short(row.text, LONGEST) or "(empty)", "truth": item.answer}
    lines["score"] = told
    body = "".join(f"<p><b>{name}</b> {_safe(said)}</p>" for name, said in lines.items())
    lost = f'<p class="pale">no picture: {_safe(reason)}</p>' if reason else ""
    return f'<div class="card">{shown}{lost}{body}<p class="pale">{_safe(item.key)}</p></div>'


def _picture(sample: Sample) -> str:
    drawn = show(sample.media, sample.regions)
    share = min(1.0, LONG_SIDE / max(drawn.size))
    small = drawn.resize(
        (max(1, round(drawn.width * share)), max(1, round(drawn.height * share))), PILImage.Resampling.LANCZOS
    )
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    packed = base64.b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="" width="{small.width}" height="{small.height}" src="data:image/jpeg;base64,{packed}">'


def _table(found: Beside) -> str:
    columns = "".join(f"<th>{_safe(name)} %</th>" for name in found.figures)
    rows = []
    for line in found.lines:
        if any(name in line.values for name in found.figures):
            kind = "ours" if line.ours else "own" if line.own else "other"
            cells = "".join(f"<td>{_cell(line.values.get(name))}</td>" for name in found.figures)
            rows.append(f'<tr class="{kind}"><td>{_safe(line.system)}</td>{cells}<td>{_safe(line.source)}</td></tr>')
    top = f"<tr><th>system</th>{columns}<th>source</th></tr>"
    return f'<div class="wide"><table>{top}{"".join(rows)}</table></div>'


def _cell(value: Estimate | float | None) -> str:
    number, _, interval = cell(value).partition(" ")
    return f'{number} <span class="range">{interval}</span>' if interval else number


def _coverage(runs: Sequence[Run]) -> str:
    top = "".join(f"<th>{name}</th>" for name in ("items", "coverage %", *STATES))
    rows = []
    for run in runs:
        counts = [f"{run.report.states.get(name, 0):,}" for name in STATES]
        cells = "".join(f"<td>{one}</td>" for one in (f"{run.report.items:,}", percent(run.report.coverage), *counts))
        rows.append(f"<tr><td>{_safe(run.name)}</td>{cells}<td>{_safe(run.report.protocol)}</td></tr>")
    return f'<div class="wide"><table><tr><th>run</th>{top}<th>protocol</th></tr>{"".join(rows)}</table></div>'


def _legend(runs: Sequence[Run]) -> str:
    marks = [f'<span style="color:{_tint(number)}">&#9632;</span> {_safe(run.name)}' for number, run in enumerate(runs)]
    return f'<p>{" &ensp; ".join(marks)} <span class="pale">&ensp; thin line: 95 % interval; | a blind guess</span></p>'


def _chart(runs: Sequence[Run]) -> str:
    """Return bars as SVG: for each figure one bar a run, the interval as a line, a blind guess as a mark."""
    names = dict.fromkeys(figure.name for run in runs for figure in run.report.figures)
    known = [{figure.name: figure for figure in run.report.figures} for run in runs]
    drawn, y = [], 4
    for name in names:
        drawn.append(_label(name, y))
        for number, figures in enumerate(known):
            if name in figures:
                drawn.append(_bar(figures[name], _tint(number), y))
                y += TALL
        y += 8
    scale = f'<line x1="{LEFT}" y1="0" x2="{LEFT}" y2="{y}" stroke="currentColor"/>'
    return f'<svg viewBox="0 0 {WIDE + 60} {y}" width="{WIDE + 60}" role="img">{scale}{"".join(drawn)}</svg>'


def _label(name: str, y: int) -> str:
    """Return the name of a figure; a part stands to the right of what it is a part of."""
    if name == head(name):
        return f'<text x="0" y="{y + 12}" font-weight="bold">{_safe(_short(name))}</text>'
    return f'<text x="14" y="{y + 12}">{_safe(_short(name.removeprefix(f"{head(name)}, ")))}</text>'


def _short(text: str, longest: int = LETTERS) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _bar(figure: Figure, tint: str, y: int) -> str:
    if figure.value is None:
        return f'<text x="{LEFT + 6}" y="{y + 12}">no figure</text>'
    middle, end = y + TALL / 2, _x(figure.value)
    parts = [
        f'<rect x="{LEFT}" y="{y + 2}" width="{max(1.0, end - LEFT):.1f}" height="{TALL - 4}" fill="{tint}" '
        'opacity="0.75"/>',
        f'<line x1="{_x(figure.low):.1f}" y1="{middle}" x2="{_x(figure.high):.1f}" y2="{middle}" stroke="currentColor" '
        'stroke-width="1.5"/>',
        f'<text x="{WIDE + 8}" y="{y + 12}">{percent(figure.value)}</text>',
    ]
    if figure.chance is not None:
        at = _x(figure.chance)
        parts.append(f'<line x1="{at:.1f}" y1="{y}" x2="{at:.1f}" y2="{y + TALL}" stroke="currentColor" opacity=".6"/>')
    return "".join(parts)


def _x(share: float) -> float:
    return LEFT + max(0.0, min(1.0, share)) * (WIDE - LEFT)


def _tint(number: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour(number))


def _safe(text: str) -> str:
    return escape(printable(str(text)))
