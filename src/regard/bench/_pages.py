"""The pages about benchmarks, made from the code: `python -m regard.bench._pages docs`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from pathlib import Path

from regard.bench import _base
from regard.bench._base import Benchmark
from regard.bench._files import told_rows
from regard.bench._judge import Judged
from regard.core import rooms
from regard.core.files import write_text

FIRST, LAST = "<!-- made by regard.bench._pages -->", "<!-- end -->"
MADE = "*This page is made from the code; a test compares them. After a change: `python -m regard.bench._pages docs`.*"


def table() -> str:
    """Return all benchmarks as a Markdown table."""
    lines = ["| name | items | metric | judge | licence | source |", "|---|---|---|---|---|---|"]
    for name in _base.names():
        card = _base.load(name).card
        judge = f"yes ({card.judge})" if card.judge else "no"
        lines.append(
            f"| [{name}](bench/{name}.md) | {card.items} | {card.metric} | {judge} | {card.licence} | {card.source} |"
        )
    return "\n".join(lines)


def page(benchmark: Benchmark) -> str:
    """Return the page of one benchmark as Markdown."""
    card, text = benchmark.card, inspect.cleandoc(sys.modules[type(benchmark).__module__].__doc__ or "")
    title = rooms.summary(_base.ROOM, benchmark.name).rstrip(".")
    parts = [f"# {benchmark.name}\n", f"{title}.\n", text.partition("\n\n")[2] + "\n" if "\n\n" in text else ""]
    facts = {"items": card.items, "metric": card.metric, "licence": card.licence, "source": card.source}
    facts |= {"published with the judge": card.judge} if card.judge else {}
    facts |= {"the published scorer": card.published} if card.published else {}
    parts.append("| | |\n|---|---|\n" + "\n".join(f"| {name} | {told} |" for name, told in facts.items()) + "\n")
    if card.files:
        rows = "\n".join(
            f"| `{file.name}` | {told_rows(file)} | `{file.sha256 or 'not known'}` |" for file in card.files
        )
        parts.append(f"`--data` is the folder of these files:\n\n| file | rows | sha256 |\n|---|---|---|\n{rows}\n")
    if card.data:
        parts.append(f"It also holds {card.data}.\n" if card.files else f"`--data` is the folder of {card.data}.\n")
    parts.append(_commands(benchmark))
    if isinstance(benchmark, Judged):
        parts.append(f"The judge is asked, in our words:\n\n```text\n{benchmark.judge_prompt}\n```\n")
    return "\n".join([*filter(None, parts), MADE]) + "\n"


def with_table(text: str) -> str:
    """Return docs/bench.md with the table between its two marks made anew."""
    before, _, rest = text.partition(FIRST)
    return f"{before}{FIRST}\n\n{table()}\n\n{LAST}{rest.partition(LAST)[2]}"


def _commands(benchmark: Benchmark) -> str:
    name, data = benchmark.name, " --data DIR" if benchmark.card.files or benchmark.card.data else ""
    judge = " --judge URL --judge-model NAME" if isinstance(benchmark, Judged) else ""
    lines = [f"regard bench {name}{data} --model MODEL --out DIR{judge}"]
    if benchmark.card.published:
        lines.append(f"regard bench {name}{data} --answers OFFICIAL_OUTPUT_FILE --protocol official")
    return "```\n" + "\n".join(lines) + "\n```\n"


def main(argv: Sequence[str]) -> int:
    """Write the table into bench.md and a page for each benchmark, in the folder given."""
    if len(argv) != 1:
        print("usage: python -m regard.bench._pages docs", file=sys.stderr)
        return 2
    home = Path(argv[0])
    write_text(home / "bench.md", with_table((home / "bench.md").read_text(encoding="utf-8")))
    for name in _base.names():
        write_text(home / "bench" / f"{name}.md", page(_base.load(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
