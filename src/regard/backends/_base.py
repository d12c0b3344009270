"""What a backend is: samples in, texts out, and likelihoods of given texts where it can tell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from regard.prompts.answer import Found
from regard.prompts.sample import Sample

MOST_FRAMES = 16
"""At how many frames of a clip a backend looks that does not say."""


@dataclass(frozen=True)
class Generation:
    """What was written for one sample. `finished` is False when the token limit cut it off. `found`: what task heads
    found, in the order of the text; `refused`: those that were called and cannot answer about these media, and why.
    `notes`: what the user should know of how it was read.
    """

    text: str
    finished: bool = True
    usage: Mapping[str, int] = field(default_factory=dict)
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    found: tuple[Found, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@runtime_checkable
class Backend(Protocol):
    """Whoever answers. `name` is how answers name it; `most_regions` how many regions one question may hold;
    `most_frames` at how many frames of a clip it looks; `heads` the task heads that it can call, and what each
    finds ("box", "masks", "tracks", "moments", or "" for another kind of result).

    What not every backend has: `can_score`, False for one that cannot tell likelihoods; `looks_again`, True for one
    that knows a region that it is shown alone better than it points or chooses, so that verbs check what it says
    (`check`); such a one has a method `things(picture)`, which returns a `Found` for each thing that the model marks on
    a picture itself, the surest first.
    """

    name: str
    most_regions: int
    most_frames: int
    heads: Mapping[str, str]

    def generate(
        self, samples: Sequence[Sample], *, max_new_tokens: int = 128, begin: str | None = None
    ) -> list[Generation]:
        """Write the next assistant turn of each sample, greedily. Samples that share media share its encoding.

        `begin`: a task head whose call every turn begins with, whatever the model would write.
        """
        ...

    def stream(self, sample: Sample, *, max_new_tokens: int = 128) -> Iterator[str]:
        """Yield pieces of the next assistant turn, of one token or more; joined they equal what `generate` writes.

        A generator may return the whole `Generation` at its end: it tells the tokens used, and whether it was cut off.
        """
        ...

    def score(self, sample: Sample, texts: Sequence[str]) -> list[float]:
        """Return the log-likelihood of each text as the next assistant turn (end of turn included)."""
        ...


def heard(pieces: Sequence[str], returned: Any, max_new_tokens: int) -> Generation:
    """Return what a stream wrote, of its pieces and of what it returned at its end.

    Of a stream that returned no `Generation`, no usage is known; as a piece is at least one token, `max_new_tokens`
    pieces are a text that was cut off.
    """
    if isinstance(returned, Generation):
        return returned
    return Generation("".join(pieces), finished=len(pieces) < max_new_tokens)
