"""An answer: what came back, whether it could be read, and what it took."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True)
class Span:
    """A stretch of a clip: `start` and `end` in seconds, and a score in 0..1."""

    start: float
    end: float
    score: float


@dataclass(frozen=True)
class Found:
    """What a task head found where an answer called it.

    `head`: its name. `at`: where in the text its marker (`<box>`) stands, in characters. `score`: the probability with
    which it was called there; of a thing that a model marks itself, how sure the mark is. `result`: what the head's
    `decode` gave, as plain data.
    """

    head: str
    at: int
    score: float
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """The answer of one verb about one region, or about all of them.

    `text`: what the model wrote; after a second look, what is left of it. `readable`: could it be parsed into the form
    the verb promises? `label`, `scores`: classify. `index`: match, 0-based, None for "none of them". `regions`: the
    regions it is about, or the places a verb found, whose `scores` are by their number ("1", "2", ..); `spans`: times,
    best first; `saliency`: one number for each second of a clip. `calls`: what task heads found, in the order of what
    the model wrote. `region`: the 0-based number of the region it speaks of, when it speaks of one. `turns`: ask, the
    conversation so far, this answer included. `timing_ms`: wall time by step; "total" is that of the whole call.
    `usage`: tokens in and out. `notes`: warnings for the user.
    """

    verb: str
    text: str
    readable: bool = True
    label: str | None = None
    index: int | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    regions: tuple[Any, ...] = ()
    spans: tuple[Span, ...] = ()
    saliency: tuple[float, ...] = ()
    calls: tuple[Found, ...] = ()
    region: int | None = None
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    turns: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints: plain values only, the verb's own result included."""
        row: dict[str, Any] = {"verb": self.verb, "text": self.text, "readable": self.readable}
        row |= {name: _plain(getattr(self, name)) for name in OWN.get(self.verb, ())}
        row["regions"] = [region.to_dict() if hasattr(region, "to_dict") else region for region in self.regions]
        if self.region is not None:
            row["region"] = self.region
        if self.calls and self.verb not in OWN:
            row["calls"] = [asdict(call) for call in self.calls]
        row |= {"model": self.model, "usage": dict(self.usage), "timing_ms": dict(self.timing_ms)}
        return row | ({"notes": list(self.notes)} if self.notes else {})

    def _repr_html_(self) -> str:
        about = f"region {self.region + 1}: " if self.region is not None else ""
        scores = "".join(f"<br><small>{html.escape(name)} {score:.2f}</small>" for name, score in self.scores.items())
        return f"<p><small>{html.escape(self.verb)}</small> {about}<b>{html.escape(self.text)}</b>{scores}</p>"


OWN = {
    "classify": ("label", "scores"),
    "match": ("index", "scores"),
    "locate": ("scores",),
    "segment": ("scores",),
    "track": ("scores",),
    "moments": ("spans", "saliency"),
}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [asdict(one) if isinstance(one, Span) else one for one in value]
    return value


def printable(text: str) -> str:
    """Return text without terminal control codes and marks that turn its direction, as a command line may print it."""
    return _CONTROL.sub("", text)
