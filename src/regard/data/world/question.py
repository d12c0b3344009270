"""A question about a scene, with its answer and all that is needed to score another answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from regard.prompts.sample import TaskCall


@dataclass(frozen=True)
class Question:
    """One question and its true answer.

    text has <region1>, <region2>, .. anywhere in it; `things[i]` is the index of the thing that <region(i+1)> marks.
    `facts` holds plain data for scoring: "accepted" (normalised right answers), "choices", "attributes" and so on,
    whatever the skill needs.
    region_mode: "track" gives a region's masks on all frames, "frame" only on the first frame on which it is seen.
    calls: what of the answer task heads give, with its truth; their markers are in `answer`.
    followed: the thing that is to be followed through the clip, where that is what is asked.
    """

    skill: str
    text: str
    answer: str
    things: tuple[int, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    region_mode: str = "frame"
    calls: tuple[TaskCall, ...] = ()
    followed: int | None = None
