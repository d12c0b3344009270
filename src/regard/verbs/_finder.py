"""What verbs share whose answers are places or times: they ask for a call of a task head, and read what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from regard.backends._base import Found, Generation
from regard.core.errors import ConfigError, DataError, PromptError
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.prompts.sample import Sample
from regard.regions.bound import BoundRegion
from regard.verbs._base import Parameter, Question, Verb, Words
from regard.verbs._binder import Media

ALLOW_NONE = Parameter("allow_none", "allow the answer that it is not there", "flag", True)


class Finder(Verb):
    """The base of verbs that find. A subclass says of which `kinds` its answer can be read, the best first (what a task
    head `finds`), and reads what such heads found; `task` puts an expression into the words of its question.
    """

    kinds: ClassVar[tuple[str, ...]]
    task: ClassVar[Callable[[str], str]]
    finds = True

    def questions(
        self,
        media: Media,
        regions: tuple[BoundRegion, ...],
        *,
        expression: str,
        allow_none: bool = True,
        **options: Any,
    ) -> list[Question]:
        """Ask once for what an expression means."""
        text = self.task(wanted(expression, self.name, "the blue cup"))
        return [self.asked(media, regions, text, allow_none)]

    def head(self) -> str:
        """Return the head that answers. Raises `ConfigError` for a model without one."""
        there = self._heads()
        chosen = next((head for kind in self.kinds for head, finds in there.items() if finds == kind), None)
        if chosen is None:
            has = f"only {', '.join(there)}" if there else "no task heads"
            raise ConfigError(
                f"{self.name} needs a model with a task head that finds {' or '.join(self.kinds)}; "
                f"{self.asker.backend.name} has {has}. docs/heads.md says which models have them, and how to give a "
                "model heads to train"
            )
        return chosen

    def finders(self) -> set[str]:
        """Return the heads whose results this verb reads."""
        return {head for head, finds in self._heads().items() if finds in self.kinds}

    def _heads(self) -> Mapping[str, str]:
        return getattr(self.asker.backend, "heads", {})

    def asked(
        self, media: Media, regions: Sequence[BoundRegion], text: str, allow_none: bool, region: int | None = None
    ) -> Question:
        """Return one question; without `allow_none` its answer begins with a call of the head."""
        head = self.head()
        return Question(Sample.build(media, text, regions), region, begin=None if allow_none else head)

    def read(self, question: Question, said: Generation) -> Answer:
        """What heads of this verb found; "none" is an answer, too; a text without a call is unreadable.

        Raises `DataError` where such a head was called and cannot answer about these media.
        """
        mine = self.finders()
        found = [one for one in said.found if one.head in mine]
        text = said.text.strip()
        if refused := [why for head, why in said.refused.items() if head in mine]:
            raise DataError(refused[0])
        if found:
            return self.found(question, text, found)
        if text.rstrip(".").lower() == tasks.NONE:
            return Answer(self.name, tasks.NONE)
        called = f"; it called {', '.join(one.head for one in said.found)}" if said.found else ""
        note = f"the model was asked for a call of {self.head()} and wrote {text!r}{called}"
        return Answer(self.name, text, readable=False, notes=(note,))

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """Return the answer for at least one call."""
        raise NotImplementedError

    def drawn(self, answers: Sequence[Answer], count: int, expression: str = "", **options: Any) -> Words:
        """Each thing that was found carries its score; what was looked for stands beneath."""
        answer = answers[0]
        texts = tuple(f"{score:.2f}" for score in answer.scores.values())
        return Words(texts, f"{expression}: {self.line(answer)}", answer.regions)


def wanted(expression: Any, verb: str, example: str) -> str:
    """Return what is looked for, without a stop at its end. Raises `PromptError` for nothing."""
    said = tasks.without_stop(expression) if isinstance(expression, str) else ""
    if not said:
        raise PromptError(f'{verb} looks for words, such as "{example}"; got {expression!r}')
    return said
