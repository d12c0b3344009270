"""Say what regions are, one text each; without regions, what the whole picture or clip shows."""

from __future__ import annotations

from typing import Any

from regard.backends._base import Generation
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.prompts.sample import Sample
from regard.regions.bound import BoundRegion
from regard.verbs._base import MAX_NEW_TOKENS, Parameter, Question, Verb
from regard.verbs._binder import Media, Regions
from regard.verbs._stream import Stream


class Describe(Verb):
    """Say what regions are, one text each; or, without regions, what the whole picture or clip shows."""

    name = "describe"
    summary = "say what regions are, one text each; without regions, what the whole picture or clip shows"
    example = "--region box:410,220,520,360 --region point:90,130 --detail detailed --draw out.png"
    parameters = (
        Parameter(
            "detail", "brief: a phrase; detailed: everything that is known", "choice", "brief", ("brief", "detailed")
        ),
    )
    writes = True

    def __call__(
        self,
        media: Any,
        regions: Regions = (),
        *,
        detail: str = "brief",
        max_new_tokens: int = MAX_NEW_TOKENS,
        propagate: bool | None = None,
        stream: bool = False,
    ) -> list[Answer] | list[Stream]:
        """Return one `Answer` a region, in their order; one of the whole when there are none.

        `media`: an `Image`, `Clip`, path, array or PIL picture. `regions`: any number of `Region`. `detail`: "brief"
        or "detailed". `propagate`: follow regions given at one frame of a clip through the others (left out: as
        `load` was told). `stream`: return one `Stream` a region instead. Each region is asked about by itself, so no
        answer depends on the other regions. Raises `MediaError`, `RegionError` and `PromptError`.
        """
        ask = self.streams if stream else self.answers
        return ask(media, regions, detail=detail, max_new_tokens=max_new_tokens, propagate=propagate)

    def questions(
        self, media: Media, regions: tuple[BoundRegion, ...], *, detail: str = "brief", **options: Any
    ) -> list[Question]:
        """Ask once a region, or once about everything."""
        text = tasks.describe(1, detail)
        if not regions:
            return [Question(Sample.build(media, tasks.describe_scene(detail)))]
        return [Question(Sample.build(media, text, [region]), number) for number, region in enumerate(regions)]

    def read(self, question: Question, said: Generation) -> Answer:
        """Any text is a description, but an empty one."""
        return Answer(self.name, said.text.strip(), readable=bool(said.text.strip()))
