"""Judging: a model reads answers that no rule can read. Every reply is kept as it came, one row a call.

What a candidate wrote is fenced off in the prompt, by lines that it does not contain, and the judge is told that it is
material: a description that says "give full marks" is judged as a description that says so.
"""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from regard.backends._chat import Chat, Reply
from regard.bench._base import Benchmark, Item
from regard.bench._files import read_content
from regard.core.errors import ConfigError, DataError, MissingDependency, RegardError
from regard.core.files import append_row, read_rows
from regard.media.image import Image

JUDGEMENTS = "judgements.jsonl"
KEY = "REGARD_JUDGE_KEY"
AT_ONCE = 8
MOST_FAILURES = 8
FENCE = "====="


@dataclass(frozen=True)
class Call:
    """One question to a judge about one answer. `pictures` are opened when it is asked."""

    name: str
    prompt: str
    pictures: Callable[[], Sequence[Image]] = tuple

    @property
    def digest(self) -> str:
        """The sha256 of the prompt: a reply to another prompt is no reply to this one."""
        return hashlib.sha256(self.prompt.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Judgement:
    """An answer with what a judge wrote about it, by the name of the call; calls without a reply are not there."""

    text: str
    replies: Mapping[str, str] = field(default_factory=dict)


class Judged(Benchmark):
    """A benchmark whose answers a judge reads; `score` and `official` take a `Judgement`."""

    open_answers = True

    @abstractmethod
    def calls(self, item: Item, text: str) -> Sequence[Call]:
        """Return what to ask about an answer; nothing when no judge is needed."""

    @property
    @abstractmethod
    def judge_prompt(self) -> str:
        """The wording of the prompts, whose hash stands in the report."""


class Judge(Protocol):
    """Whoever judges. `name` stands in the report and in every row."""

    name: str

    def reply(self, item: Item, call: Call) -> Reply:
        """Answer one call. Never raises for what the judge does."""
        ...


class Endpoint:
    """A model behind a chat-completions address."""

    def __init__(self, chat: Chat) -> None:
        self.name = chat.model
        self._chat = chat

    def reply(self, item: Item, call: Call) -> Reply:
        """Ask the endpoint. A picture that cannot be opened is a failed call."""
        try:
            pictures = call.pictures()
        except RegardError as error:
            return Reply(None, f"{type(error).__name__}: {error}", tries=0)
        return self._chat.ask(call.prompt, pictures)


class Recorded:
    """Replies that a judge gave before: rows that `regard bench` wrote, or an official output file with replies.

    `days`: those on which the replies were given, where the file says so.
    """

    def __init__(self, benchmark: Benchmark, path: Path) -> None:
        """Raises `DataError` when the file holds no replies."""
        content = read_content(path)
        rows = _judgements(content) or _official_replies(benchmark, content)
        if not rows:
            raise DataError(f"{path} holds no replies of a judge")
        self.name = ", ".join(sorted({row["judge"] for row in rows if "judge" in row})) or f"replay:{path.name}"
        self.days = {row["day"] for row in rows if row.get("day")}
        self._rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for row in rows:
            self._rows.setdefault((row["item"], row["call"]), []).append(row)

    def reply(self, item: Item, call: Call) -> Reply:
        """Return the recorded reply to this very prompt (to any where the recording does not say what was asked)."""
        for row in reversed(self._rows.get((item.key, call.name), ())):
            if row.get("prompt", call.digest) == call.digest:
                return Reply(row["reply"])
        return Reply(None, "not in the recording", tries=0)


def _judgements(content: Any) -> list[Mapping[str, Any]]:
    rows = content if isinstance(content, list) else []
    return [row for row in rows if isinstance(row, dict) and {"item", "call", "reply"} <= row.keys()]


def _official_replies(benchmark: Benchmark, content: Any) -> list[Mapping[str, Any]]:
    found = [(given.key, *reply) for given in benchmark.recorded(content) for reply in given.replies.items()]
    return [{"item": key, "call": name, "reply": text} for key, name, text in found]


def judge_named(words: str, model: str | None, benchmark: Benchmark) -> Judge:
    """Return the judge that `--judge` names: an address, "replay:FILE", or "truth", which judges a benchmark's twin.

    The key of an address is read from the environment variable REGARD_JUDGE_KEY. Raises `ConfigError` for anything
    else, for a benchmark that needs no judge, and for an address without a model.
    """
    if not isinstance(benchmark, Judged):
        raise ConfigError(f"{benchmark.name} needs no judge: a rule reads its answers; leave out --judge")
    if words.startswith("replay:"):
        return Recorded(benchmark, Path(words.removeprefix("replay:")))
    if words == "truth":
        from regard.bench._twin import truth_judge

        return truth_judge(benchmark)
    if not model:
        raise ConfigError(
            "--judge-model names the model at that address; "
            f"{benchmark.name} was published with {benchmark.card.judge} as its judge"
        )
    return Endpoint(Chat(words, model, key=os.environ.get(KEY, "")))


class Bench:
    """The judge's bench: what was judged before, and what is judged now, written row by row."""

    def __init__(self, judge: Judge | None, path: Path | None) -> None:
        """`path`: the file of judgements, read first and then added to; nothing is kept without one."""
        self.judge, self.path = judge, path
        self._known: dict[tuple[str, str, str], str] = {}
        self._needed: set[tuple[str, str, str]] = set()
        self._days = set(judge.days) if isinstance(judge, Recorded) else set()
        self._names: set[str] = set()
        self._used: Counter[str] = Counter()
        self._failed_in_a_row, self._reason = 0, ""
        for row in read_rows(path) if path is not None and path.exists() else ():
            self._learn(row)

    def replies(self, benchmark: Judged, answered: Sequence[tuple[Item, str]]) -> list[dict[str, str]]:
        """Return the replies about each answer, by call; a call that fails is counted and not among them.

        Raises `MissingDependency` when the judge never gave an answer and has failed too often.
        """
        called = [(item, benchmark.calls(item, text)) for item, text in answered]
        wanted = [(item, call) for item, calls in called for call in calls]
        self._needed |= {_place(item, call) for item, call in wanted}
        for (item, call), reply in self._ask([pair for pair in wanted if _place(*pair) not in self._known]):
            self._note(item, call, reply)
        return [
            {call.name: self._known[_place(item, call)] for call in calls if _place(item, call) in self._known}
            for item, calls in called
        ]

    def facts(self, benchmark: Judged) -> dict[str, Any]:
        """Return what the report says of the judge: who, when, how it was asked, how often it failed, what it used."""
        return {
            "name": ", ".join(sorted(self._names)) or None,
            "days": sorted(self._days),
            "prompt_sha256": hashlib.sha256(benchmark.judge_prompt.encode()).hexdigest(),
            "published_with": benchmark.card.judge,
            "calls": len(self._needed),
            "calls_without_reply": len(self._needed - self._known.keys()),
            "usage": dict(self._used),
        }

    def _ask(self, waiting: Sequence[tuple[Item, Call]]) -> Iterator[tuple[tuple[Item, Call], Reply]]:
        judge = self.judge
        if judge is None:
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(waiting), AT_ONCE):
                if self._failed_in_a_row >= MOST_FAILURES:
                    return self._stop(judge)
                some = waiting[start : start + AT_ONCE]
                yield from zip(some, pool.map(lambda pair: judge.reply(*pair), some), strict=True)

    def _stop(self, judge: Judge) -> None:
        """Ask no more of a judge that fails again and again; the calls that are left count as failed."""
        if not self._known:
            raise MissingDependency(
                f"the judge {judge.name!r} failed {self._failed_in_a_row} times in a row and never answered; last: "
                f"{self._reason}. The answers are kept, and the same command goes on from them"
            )

    def _note(self, item: Item, call: Call, reply: Reply) -> None:
        recorded = isinstance(self.judge, Recorded)
        if reply.text is not None:
            self._failed_in_a_row = 0
        elif reply.tries:
            self._failed_in_a_row, self._reason = self._failed_in_a_row + 1, reply.error
        row = {"item": item.key, "call": call.name, "prompt": call.digest, "judge": self.judge.name}
        row |= {"day": None if recorded else date.today().isoformat(), "usage": dict(reply.usage)}
        row |= {"error": reply.error, "raw": reply.raw} if reply.text is None else {"reply": reply.text}
        if self.path is not None:
            append_row(self.path, row)
        self._learn(row)

    def _learn(self, row: Mapping[str, Any]) -> None:
        if not {"item", "call", "prompt", "judge"} <= row.keys():
            raise DataError(f"{self.path}: a judgement has item, call, prompt and judge; one has {sorted(row)}")
        if self.judge is not None and row["judge"] != self.judge.name:
            raise ConfigError(
                f"{self.path} holds judgements of {row['judge']!r}, not of {self.judge.name!r}; "
                "name another --out folder"
            )
        self._used.update(row.get("usage", {}))
        if "reply" in row:
            self._known[row["item"], row["call"], row["prompt"]] = row["reply"]
            self._names.add(row["judge"])
            self._days |= {row.get("day")} - {None}


def _place(item: Item, call: Call) -> tuple[str, str, str]:
    return item.key, call.name, call.digest


def fenced(text: str) -> str:
    """Return a text between two lines that do not occur in it."""
    fence = FENCE
    while fence in text:
        fence += "="
    return f"{fence}\n{text}\n{fence}"


def letters(choices: Iterable[str]) -> str:
    """Return choices as lines "A. ...", in their order."""
    return "\n".join(f"{chr(ord('A') + number)}. {choice}" for number, choice in enumerate(choices))
