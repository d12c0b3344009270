"""Causal-VidQA: what happens in a clip, why, what follows, what would have happened, and the reasons of the latter two.

From "From Representation to Reasoning" (Li et al. 2022), its validation split, as Omni-RGPT (table 2) uses it. Six
questions with five options each to a clip: description (D), explanation (E), prediction (PA) and its reason (PR),
counterfactual (CA) and its reason (CR). P and C count a clip when answer and reason are right; Acc@All is the mean of
D, E, P and C.

People and things stand in the texts as [person_1] and the like, and are not given as regions: the form in which their
boxes are published could not be seen here, so that figures of region models do not compare. `--data` is the folder of
`split/valid.pkl` (a pickle, read as plain data) and `QA`, with text.json and answer.json for each clip; clips are in
`video`. Output files are the published scorer's: a mapping from CLIP_N, N from 0 to 5, to `prediction`, the number of
an option or a text. That scorer takes each six rows that follow each other as one clip's; here order does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.bench import _choices, _media
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench._refs import read_plain_pickle, write_plain_pickle
from regard.bench.metrics.choices import strict_letter
from regard.core.errors import DataError
from regard.core.files import read_json, write_json
from regard.prompts.tasks import lettered, letters

FILE = OfficialFile("split/valid.pkl", "", 2_695)
CLIPS = ("video", "videos", "")
PARTS = {
    "D": ("descriptive", "answer"),
    "E": ("explanatory", "answer"),
    "PA": ("predictive", "answer"),
    "PR": ("predictive", "reason"),
    "CA": ("counterfactual", "answer"),
    "CR": ("counterfactual", "reason"),
}
JOINT = {"P": ("PA", "PR"), "C": ("CA", "CR")}
ALL = "Acc@All"


class CausalVidqa(Benchmark):
    """Six questions about causes and consequences to a clip."""

    card = Card(
        items="16,170 (2,695 clips)",
        metric="accuracy of D, E, PA, PR, CA, CR; of P and C with their reasons; Acc@All",
        licence="not known; clips of Kinetics-700",
        source="github.com/bcmi/Causal-VidQA",
        files=(FILE,),
        data="`QA`, with a folder for each clip, and the clips in `video`",
    )
    max_new_tokens = 16

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the six questions clip by clip. `settings.skills`: D, E, PA, PR, CA, CR."""
        skills = chosen(settings.skills, tuple(PARTS))
        for clip in read_official(settings.data, FILE, self.card, read_plain_pickle):
            home = _media.find(settings.data, ("QA", "data/QA"), str(clip))
            content, truth = read_json(home / "text.json"), read_json(home / "answer.json")
            opening = _opening(settings, str(clip))
            yield from (item_of(str(clip), name, content, truth, opening) for name in skills)

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one option that an answer names is the true one; unreadable when it names none or several."""
        named = strict_letter(answer, lettered(item.truth["options"]))
        return Score(float(named == item.answer), readable=named is not None)

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return P, C and the mean of D, E, P and C; only what all parts of were measured."""
        there = {item.truth["part"] for item, _ in answered}
        groups = {name: (name,) for name in ("D", "E")} | JOINT
        right: _choices.Right = lambda item, answer: self.score(item, answer).hits == 1  # noqa: E731
        found = {name: _choices.together(answered, parts, right) for name, parts in groups.items() if there >= {*parts}}
        whole = {ALL: sum(found.values()) / len(found)} if len(found) == len(groups) else {}
        return {name: value for name, value in found.items() if name in JOINT} | whole

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield the rows of a mapping from CLIP_N to `prediction`."""
        if not isinstance(content, dict):
            raise DataError(f"the output file is a mapping from CLIP_N, not a {type(content).__name__}")
        for name, row in content.items():
            clip, _, number = name.rpartition("_")
            if not number.isdigit() or int(number) >= len(PARTS):
                raise DataError(f"a row of the output file is called {name!r}; CLIP_0 to CLIP_5 are expected")
            found = row.get("prediction") if isinstance(row, dict) else row
            yield given_text(f"{clip}/{list(PARTS)[int(number)]}", _choices.letter_of(found))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write split/valid.pkl, QA, and the clips."""
        clips: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        for item in items:
            clip = item.cluster
            if clip not in clips:
                _media.save(item.open().media, folder, f"{CLIPS[0]}/{clip}.mp4")
            text, answer = clips.setdefault(clip, ({}, {}))
            kind, name = PARTS[item.truth["part"]]
            text.setdefault(kind, {})["question"] = item.truth["asked"]
            text[kind][name] = item.truth["options"]
            answer.setdefault(kind, {})[name] = ord(item.answer) - ord("A")
        for clip, (text, answer) in clips.items():
            write_json(folder / "QA" / clip / "text.json", text)
            write_json(folder / "QA" / clip / "answer.json", answer)
        write_plain_pickle(folder / FILE.name, list(clips))
        mark_as_made(self, (folder / FILE.name).parent, {FILE.name: len(clips)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the mapping that the published scorer reads."""
        kept = [item for item in items if item.key in given]
        names = [f"{item.cluster}_{list(PARTS).index(item.truth['part'])}" for item in kept]
        rows = [{"prediction": given[one.key].answer, "answer": ord(one.answer) - ord("A")} for one in kept]
        write_json(path, dict(zip(names, rows, strict=True)))


def item_of(clip: str, name: str, content: Any, truth: Any, opening: Callable[[], Any]) -> Item:
    """Return one part's item of a clip whose text.json and answer.json hold `content` and `truth`; `opening` opens the
    clip. Raises `DataError` for what lacks a part.
    """
    kind, choice = PARTS[name]
    where = f"{clip}: {kind}"
    asked, answers = part(content, kind, dict, clip), part(part(truth, kind, dict, clip), choice, int, where)
    options = [str(option) for option in part(asked, choice, list, where)]
    if not 0 <= answers < len(options):
        raise DataError(f"{where}: the {choice} is option {answers}, of {len(options)}")
    question = part(asked, "question", str, where)
    if choice == "reason":
        told, right = part(asked, "answer", list, where), part(truth[kind], "answer", int, where)
        question += f"\nThe answer is: {told[right] if 0 <= right < len(told) else ''}\nWhy?"
    sample = _media.later(letters(question, lettered(options)), opening)
    facts = {"question": clip, "part": name, "asked": asked["question"], "options": options}
    letter = _choices.letter_of(answers)
    return Item(f"{clip}/{name}", name, sample, clip, letter, facts, chance=1 / len(options))


def _opening(settings: Settings, clip: str) -> Callable[[], Any]:
    return lambda: _media.opened_clip(_media.find(settings.data, CLIPS, f"{clip}.mp4"))
