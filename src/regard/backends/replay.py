"""Recorded answers: a file of what a model once said, which answers the same questions again without the model.

A recording is JSONL: a first row that names the model, then one row a question. A question is known by the media, its
regions (as masks, in their order) and its turns; see `question_key`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from regard.backends._base import MOST_FRAMES, Backend, Found, Generation, heard
from regard.core.errors import ConfigError, DataError, NotFound
from regard.core.files import append_row, read_rows
from regard.prompts.sample import Media, Sample

VERSION = 1


def question_key(sample: Sample, begin: str | None = None) -> str:
    """Return the SHA-256 of a question: the media's own key, every region's masks, and the turns with their roles;
    `begin`: the task head that its answer begins with.
    """
    regions = [[[frame, region.rles[frame]["counts"]] for frame in region.frames] for region in sample.regions]
    turns = [[turn.role, turn.text] for turn in sample.turns]
    packed = json.dumps([sample.media.key, regions, turns, *([begin] if begin else [])], ensure_ascii=False)
    return hashlib.sha256(packed.encode("utf-8", "surrogatepass")).hexdigest()


class Replay:
    """A backend that answers from a recording. A question that is not in it raises `NotFound`; nothing is made up."""

    def __init__(self, rows: Sequence[dict[str, Any]], source: str = "recording") -> None:
        if not rows or rows[0].get("recording") != VERSION:
            raise DataError(
                f"{source} is no recording of version {VERSION}: its first row must say so."
                " Record one with load(record=FILE)"
            )
        for number, row in enumerate(rows[1:], start=2):
            _check(row, f"{source}: record {number}")
        self.name = str(rows[0].get("model", "replay"))
        self.most_regions = int(rows[0].get("most_regions", 1))
        self.most_frames = int(rows[0].get("most_frames", MOST_FRAMES))
        self.heads = _heads(rows[0].get("heads", {}), source)
        self.looks_again = bool(rows[0].get("looks_again"))
        self._source = source
        self._texts = {row["key"]: row for row in rows[1:] if "text" in row}
        self._scores: dict[str, dict[str, float]] = {}
        for row in (row for row in rows[1:] if "scores" in row):
            self._scores.setdefault(row["key"], {}).update(row["scores"])
        self._things = {row["key"]: row["things"] for row in rows[1:] if "things" in row}

    @classmethod
    def open(cls, path: str | Path) -> Replay:
        """Read a recording. Raises `NotFound` when there is no such file, `DataError` when it is no recording."""
        if not Path(path).is_file():
            raise NotFound(
                f"there is no recording {str(path)!r}; it is written replay:FILE, and made by load(record=FILE)"
            )
        return cls(list(read_rows(path)), str(path))

    def generate(
        self, samples: Sequence[Sample], *, max_new_tokens: int = 128, begin: str | None = None
    ) -> list[Generation]:
        """Return the recorded answer to every sample. Raises `NotFound` for one that was not recorded."""
        return [self._said(sample, begin) for sample in samples]

    def stream(self, sample: Sample, *, max_new_tokens: int = 128) -> Generator[str, None, Generation]:
        """Yield the recorded text line by line. Raises `NotFound` when it was not recorded."""
        said = self._said(sample)
        yield from said.text.splitlines(keepends=True)
        return said

    def _said(self, sample: Sample, begin: str | None = None) -> Generation:
        row = self._found(self._texts, sample, begin)
        found = tuple(Found(**one) for one in row.get("found", ()))
        how = {"found": found, "refused": row.get("refused", {}), "notes": tuple(row.get("notes", ()))}
        return Generation(row["text"], row.get("finished", True), row.get("usage", {}), **how)

    def score(self, sample: Sample, texts: Sequence[str]) -> list[float]:
        """Return the recorded likelihoods. Raises `NotFound` for a text that was not scored."""
        known = self._found(self._scores, sample)
        missing = [text for text in texts if text not in known]
        if missing:
            raise NotFound(
                f"{self._source} holds no likelihood of {missing[0]!r} for {_asked(sample)!r}; it has {sorted(known)}"
            )
        return [known[text] for text in texts]

    def things(self, picture: Media) -> list[Found]:
        """Return the recorded marks of a picture. Raises `NotFound` where nobody asked for them."""
        if picture.key not in self._things:
            raise NotFound(
                f"{self._source} does not hold what the model marks on this picture itself; check=False asks for none"
                f" of it, and load(MODEL, record={self._source!r}) records it"
            )
        return [Found(**one) for one in self._things[picture.key]]

    def _found(self, answers: dict[str, Any], sample: Sample, begin: str | None = None) -> Any:
        key = question_key(sample, begin)
        if not answers.get(key):
            raise NotFound(
                f"{self._source} holds no answer to {_asked(sample)!r} about this picture and these regions; it has"
                f" {len(answers)} others. Record it with load(MODEL, record={self._source!r})"
            )
        return answers[key]


def _heads(heads: Any, source: str) -> dict[str, str]:
    if not isinstance(heads, dict) or not all(isinstance(finds, str) for finds in heads.values()):
        raise DataError(f"{source}: 'heads' says of each task head what it finds, not {heads!r}; record it again")
    return heads


def _check(row: dict[str, Any], where: str) -> None:
    """Raise `DataError` unless a recorded answer says what was asked, and its parts are what they are read as."""
    kinds = (("key", str, "text"), ("text", str, "text"), ("scores", dict, "a mapping"), ("usage", dict, "a mapping"))
    kinds += (("found", list, "a list"), ("refused", dict, "a mapping"), ("notes", list, "a list"))
    kinds += (("things", list, "a list"),)
    for part, kind, word in kinds:
        if part in row and not isinstance(row[part], kind):
            raise DataError(f"{where}: {part!r} is {word}, not {row[part]!r}")
    if "key" not in row:
        raise DataError(f"{where} has no 'key', which says what was asked; it has {sorted(row)}")
    for one in (*row.get("found", ()), *row.get("things", ())):
        if not isinstance(one, dict) or sorted(one) != ["at", "head", "result", "score"]:
            raise DataError(f"{where}: what a task head found has 'head', 'at', 'score' and 'result', not {one!r}")


class Recorder:
    """A backend that passes questions on to another and adds every answer to a recording."""

    def __init__(self, backend: Backend, path: str | Path) -> None:
        self.backend = backend
        self.name = backend.name
        self.most_regions = backend.most_regions
        self.most_frames = getattr(backend, "most_frames", MOST_FRAMES)
        self.heads = dict(getattr(backend, "heads", {}))
        self.path = Path(path)
        if self.path.exists() and self.path.stat().st_size:
            self._check_model()
        else:
            first = {"recording": VERSION, "model": self.name, "most_regions": self.most_regions}
            finds = {"most_frames": self.most_frames, "heads": self.heads} if self.heads else {}
            marks = {"looks_again": True} if self.looks_again else {}
            append_row(self.path, first | finds | marks)

    def _check_model(self) -> None:
        first = next(read_rows(self.path), {})
        if first.get("recording") != VERSION or first.get("model") != self.name:
            holds = f"answers of {first['model']!r}" if "model" in first else "no recording"
            raise ConfigError(
                f"{str(self.path)!r} holds {holds}, and {self.name!r} is to be recorded; a recording is of one model:"
                " give another file"
            )
        if bool(first.get("looks_again")) != self.looks_again:
            raise ConfigError(
                f"{str(self.path)!r} was recorded by a version that checks what models say in another way; give another"
                " file"
            )

    @property
    def model(self) -> Any:
        """The Hugging Face model behind it, None where there is none."""
        return getattr(self.backend, "model", None)

    @property
    def can_score(self) -> bool:
        """Whether the backend behind it tells likelihoods."""
        return getattr(self.backend, "can_score", True)

    @property
    def looks_again(self) -> bool:
        """Whether what the backend behind it says is checked."""
        return getattr(self.backend, "looks_again", False)

    def things(self, picture: Media) -> list[Found]:
        """Ask for the marks, and record them."""
        found = self.backend.things(picture)
        append_row(self.path, {"key": picture.key, "things": [asdict(one) for one in found]})
        return found

    def generate(
        self, samples: Sequence[Sample], *, max_new_tokens: int = 128, begin: str | None = None
    ) -> list[Generation]:
        """Ask, and record every answer."""
        how = {"max_new_tokens": max_new_tokens} | ({"begin": begin} if begin else {})
        said = self.backend.generate(samples, **how)
        for sample, one in zip(samples, said, strict=True):
            self._note(sample, begin, **_row(one))
        return said

    def stream(self, sample: Sample, *, max_new_tokens: int = 128) -> Generator[str, None, Generation]:
        """Ask, pass the pieces on, and record the text when it is whole."""
        pieces: list[str] = []
        returned = yield from _kept(self.backend.stream(sample, max_new_tokens=max_new_tokens), pieces)
        said = heard(pieces, returned, max_new_tokens)
        self._note(sample, **_row(said))
        return said

    def score(self, sample: Sample, texts: Sequence[str]) -> list[float]:
        """Ask, and record every likelihood."""
        scores = self.backend.score(sample, texts)
        self._note(sample, scores=dict(zip(texts, scores, strict=True)))
        return scores

    def _note(self, sample: Sample, begin: str | None = None, **said: Any) -> None:
        append_row(self.path, {"key": question_key(sample, begin), "question": _asked(sample), **said})


def _row(said: Generation) -> dict[str, Any]:
    """Return what is recorded of an answer."""
    row = {"text": said.text, "finished": said.finished, "usage": dict(said.usage)}
    row |= {"found": [asdict(one) for one in said.found]} if said.found else {}
    row |= {"refused": dict(said.refused)} if said.refused else {}
    return row | ({"notes": list(said.notes)} if said.notes else {})


def _kept(stream: Iterator[str], pieces: list[str]) -> Generator[str, None, Any]:
    """Pass pieces on, keep them in `pieces`, and return what the stream returns at its end."""
    while True:
        try:
            piece = next(stream)
        except StopIteration as end:
            return end.value
        pieces.append(piece)
        yield piece


def _asked(sample: Sample) -> str:
    return sample.turns[-1].text if sample.turns else ""
