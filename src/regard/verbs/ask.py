"""Answer a question in which <region1>, <region2>, .. stand for regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from regard.backends._base import Generation
from regard.core.errors import PromptError, TooManyRegions
from regard.prompts.answer import Answer
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn, mentions
from regard.regions.bound import BoundRegion
from regard.verbs._base import MAX_NEW_TOKENS, Parameter, Question, Verb, Words
from regard.verbs._binder import Media, Regions
from regard.verbs._found import places_of, told
from regard.verbs._stream import Stream


class Ask(Verb):
    """Answer a question in which `<region1>`, `<region2>`, .. stand for the regions; without regions, about the
    whole.
    """

    name = "ask"
    summary = "answer a question in which <region1>, <region2>, .. stand for regions"
    example = '"What color is <region1>?" --region box:410,220,520,360'
    parameters = (Parameter("question", "the question; <region1> is the first region given", required=True),)
    writes = True
    converses = True

    def __call__(
        self,
        media: Any,
        question: str | Sequence[Turn],
        regions: Regions = (),
        *,
        turns: Sequence[Turn] = (),
        max_new_tokens: int = MAX_NEW_TOKENS,
        propagate: bool | None = None,
        stream: bool = False,
    ) -> Answer | Stream:
        """Return the `Answer` to a question; its `turns` are the conversation so far, to be passed on with the next
        one.

        `media`: an `Image`, `Clip`, path, array or PIL picture. `question`: text, or turns that end with the user's.
        `turns`: what was said before. `propagate`: follow regions given at one frame of a clip (left out: as `load`
        was told). `stream`: return a `Stream` instead. Raises `PromptError` for a text that names a region that is
        not there, `TooManyRegions`, `RegionError` and `MediaError`.
        """
        said = (Turn(USER, question),) if isinstance(question, str) else tuple(question)
        ask = self.streams if stream else self.answers
        spoken = (*turns, *said)
        return ask(media, regions, question=spoken, max_new_tokens=max_new_tokens, propagate=propagate)[0]

    def questions(
        self, media: Media, regions: tuple[BoundRegion, ...], *, question: Sequence[Turn], **options: Any
    ) -> list[Question]:
        """Ask once, about all regions together."""
        check_turns(question)
        most = self.asker.backend.most_regions
        if len(regions) > most:
            raise TooManyRegions(
                f"{len(regions)} regions in one question; {self.asker.backend.name} takes at most {most}. Ask in"
                " groups, or use describe or classify, which ask about each region by itself"
            )
        named = set(mentions(question[-1].text))
        about = named.pop() - 1 if len(named) == 1 else 0 if len(regions) == 1 else None
        return [Question(Sample.build(media, question, regions), about)]

    def read(self, question: Question, said: Generation) -> Answer:
        """Any text is an answer, but an empty one."""
        text = said.text.strip()
        turns = (*question.sample.turns, Turn(ASSISTANT, text))
        return Answer(self.name, text, readable=bool(text), turns=turns)

    def line(self, answer: Answer) -> str:
        """The text, and the places that task heads found in it."""
        places = ", ".join(told(place) for place in places_of(answer.calls))
        return f"{answer.text} ({places})" if places else answer.text

    def drawn(self, answers: Sequence[Answer], count: int, **options: Any) -> Words:
        """The answer stands beside the region it is about, the question always beneath; places that were found are
        drawn after the regions that were given.
        """
        answer = answers[-1]
        asked = answer.turns[-2].text if len(answer.turns) > 1 else ""
        words = super().drawn([answer], count)
        caption = "\n".join(part for part in (asked, words.caption) if part)
        found = places_of(answer.calls)
        shown = (*answer.regions, *found) if found else None
        return replace(words, texts=(*words.texts, *[""] * len(found)), caption=caption, regions=shown)


def check_turns(turns: Sequence[Turn]) -> None:
    """Raise `PromptError` unless turns alternate, begin and end with the user's, and say something."""
    for number, turn in enumerate(turns):
        if not isinstance(turn, Turn):
            raise PromptError(f"turn {number} is a {type(turn).__name__}; a conversation is a list of Turn(role, text)")
        if turn.role != (USER, ASSISTANT)[number % 2]:
            raise PromptError(f"turn {number} is by {turn.role!r}; user and assistant take turns, the user begins")
    if len(turns) % 2 == 0:
        raise PromptError("the last turn must be a question of the user's")
    if not turns[-1].text.strip():
        raise PromptError('the question is empty; ask something, for example "What is <region1>?"')
