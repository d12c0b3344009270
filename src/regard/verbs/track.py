"""Follow a region that is given at one frame of a clip: where it is on every other frame, or that it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from regard.backends._base import MOST_FRAMES, Found
from regard.core.errors import RegionError, VideoError
from regard.media.part import Part
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.prompts.sample import FOLLOWED
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs._base import Question, Words
from regard.verbs._binder import Media, Regions
from regard.verbs._finder import ALLOW_NONE, Finder

WHOLE = "tracks"  # of a head that answers about all frames of a clip, whichever the model looked at


@dataclass(frozen=True)
class Window(Question):
    """A question about some frames of a clip, whose numbers there are `frames`; the region's own is among them."""

    frames: tuple[int, ...] = ()

    @property
    def given(self) -> tuple[int, Region]:
        """The number of the region's own frame in the clip, and the region there as it was given."""
        region = self.sample.regions[0]
        [(place, mask)] = region.rles.items()
        return self.frames[place], Region.rle(mask)


class Track(Finder):
    """Follow a region that is given at one frame of a clip: where it is on every frame, or that it is not there."""

    name = "track"
    summary = "follow a region that is given at one frame of a clip through all others"
    example = "--region box:410,220,520,360@2.0s --draw out.mp4"
    media = "street.mp4"
    parameters = (ALLOW_NONE,)
    kinds = (WHOLE, "masks")
    fewest_regions = 1

    def __call__(self, media: Any, regions: Regions, *, allow_none: bool = True) -> list[Answer]:
        """Return one `Answer` a region, in their order: its `regions` are one track, with a mask on every frame of the
        clip where the region is seen and None where it is not; `scores["1"]` is the mean of what the head says of these
        masks.

        On its own frame a region stays as it was given. `media`: a `Clip`, or the path of one. `regions`: each given at
        one frame, in any form. `allow_none=False`: the answer begins with a mask. With the head `mask` SAM 2's memory
        answers about every frame; with `light_mask` the model is asked about as many frames as it looks at, again and
        again, each time with the region's own among them. Raises `VideoError` for a picture or a clip of one frame,
        `RegionError` for a region that is a track already, `ConfigError` for a model without such a head, `MediaError`.
        """
        return self.answers(media, regions, propagate=False, allow_none=allow_none)

    def questions(
        self, media: Media, regions: tuple[BoundRegion, ...], *, allow_none: bool = True, **options: Any
    ) -> list[Question]:
        """Ask about each region by itself, once or in windows of the clip."""
        if not media.is_clip or media.frame_count < 2:
            what = "a clip of one frame" if media.is_clip else "a picture"
            raise VideoError(f"a region is followed from frame to frame, and this is {what}; open a video")
        whole = self._heads()[self.head()] == WHOLE
        asked = []
        for number, region in enumerate(regions):
            start = _own_frame(region, number)
            most = media.frame_count if whole else getattr(self.asker.backend, "most_frames", MOST_FRAMES)
            for frames in windows(media.frame_count, start, most):
                asked.append(self._window(media, region, number, frames, allow_none))
        return asked

    def _window(
        self, media: Media, region: BoundRegion, number: int, frames: tuple[int, ...], allow_none: bool
    ) -> Window:
        if len(frames) < media.frame_count:
            [(start, mask)] = region.rles.items()
            media = Part(media, frames)
            region = replace(region, rles={frames.index(start): mask}, frame_count=len(frames))
        asked = self.asked(media, [region], tasks.track(1), allow_none, number)
        return Window(replace(asked.sample, facts={FOLLOWED: 0}), number, begin=asked.begin, frames=frames)

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """What the first call found, by the clip's own frames: a track, if it has a pixel, and its scores."""
        masks = {question.frames[mask["frame"]]: mask for mask in found[0].result["masks"]}
        seen = {frame: Region.rle(mask["rle"]) for frame, mask in masks.items() if rle.area(mask["rle"])}
        silent = [frame for frame in question.frames if frame not in masks]
        return Answer(
            self.name,
            text,
            scores={str(frame): masks[frame]["score"] for frame in seen},
            regions=(Region.track(seen),) if seen else (),
            notes=(_unanswered(silent),) if silent else (),
        )

    def join(self, questions: Sequence[Question], answers: Sequence[Answer]) -> list[Answer]:
        """Put the windows of each region together."""
        pairs = list(zip(questions, answers, strict=True))
        numbers = dict.fromkeys(question.region for question in questions)
        return [_joined([pair for pair in pairs if pair[0].region == number]) for number in numbers]

    def line(self, answer: Answer) -> str:
        """On how many frames the region is seen."""
        [track] = answer.regions
        seen = [frame for frame, mask in track.data.items() if mask is not None]
        return f"seen on {len(seen)} of {len(track.data)} frames, {seen[0]} to {seen[-1]}"

    def drawn(self, answers: Sequence[Answer], count: int, *places: Any, **options: Any) -> Words:
        """Each region is drawn where it is, its score beside it."""
        texts = tuple(f"{answer.scores['1']:.2f}" for answer in answers)
        return Words(texts, "", tuple(answer.regions[0] for answer in answers))


def windows(count: int, start: int, most: int) -> list[tuple[int, ...]]:
    """Return which frames of `count` are asked about together, at most `most` at once and `start` always among them.

    The others are dealt out in turn, so that every window is spread over the clip, as any look of the model is.
    """
    others = [frame for frame in range(count) if frame != start]
    needed = -(-len(others) // max(most - 1, 1))
    return [tuple(sorted([start, *others[place::needed]])) for place in range(needed)]


def _own_frame(region: BoundRegion, number: int) -> int:
    if len(region.frames) > 1:
        raise RegionError(
            f"region {number + 1} is known on {len(region.frames)} frames already; track takes a region at one frame "
            "and finds the others itself: give one frame of it"
        )
    return region.frames[0]


def _joined(windows: Sequence[tuple[Any, Answer]]) -> Answer:
    """Return one answer of those about parts of a clip: readable where each is."""
    (first, answer), *_ = windows
    own, given = first.given
    track: dict[int, Region | None] = {frame: None for window, _ in windows for frame in window.frames}
    scores: list[float] = []
    for _, part in windows:
        found = part.regions[0].data if part.regions else {}
        track |= found
        scores += [part.scores[str(frame)] for frame in found if frame != own]
    track[own] = given
    silent = sorted({frame for window, part in windows if not part.readable for frame in window.frames} - {own})
    notes = [note for _, part in windows for note in part.notes] + ([_unanswered(silent)] if silent else [])
    return replace(
        answer,
        text="; ".join(dict.fromkeys(part.text for _, part in windows)),
        readable=not silent,
        scores={"1": round(sum(scores) / len(scores), 4) if scores else 0.0},
        regions=(Region.track(track),),
        calls=(),
        usage=_summed([part.usage for _, part in windows]),
        timing_ms=_summed([part.timing_ms for _, part in windows]),
        notes=tuple(dict.fromkeys(notes)),
    )


def _unanswered(frames: Sequence[int]) -> str:
    return f"nothing was said of frames {', '.join(map(str, frames))}; they count as absent"


def _summed(parts: Sequence[Any]) -> dict[str, Any]:
    return {name: round(sum(part.get(name, 0) for part in parts), 2) for name in parts[0]}
