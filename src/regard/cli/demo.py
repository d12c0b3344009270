"""Ask, describe, classify and match on the photograph and the clip inside the package, and draw the answers.

Everything happens on this machine: nothing is downloaded and no account is needed. Beside each answer stands the truth.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from regard import draw
from regard.core import rooms
from regard.core.files import read_json
from regard.media.open import open_media
from regard.prompts.answer import Answer, printable
from regard.prompts.tasks import placeholder
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs import load

MEDIA = rooms.folder("regard.assets.demo")
COLOURS = ("red", "brown", "black", "white", "blue", "green")
# What is asked, and what is true: the small model is not always right, and nobody should have to guess when.
PHOTO_THINGS = ("large, red", "large, brown", "medium, black", "small, red")
PHOTO_COLOURS = ("red", "brown", "black", "red")
PHOTO_QUESTIONS = {
    "What colour is <region1>?": "red",
    "Where in the picture is <region3>?": "top left",
    "Is <region3> to the left of <region2>?": "yes",
    "Is <region4> a zebra?": "it cannot know",
}
CLIP_THINGS = ("small, brown, round", "medium, black")
CLIP_COLOURS = ("brown", "black")
CLIP_QUESTIONS = {
    "Which way does <region1> move?": "right",
    "Which way does <region2> move?": "up",
    "Which of <region1> and <region2> moved first?": "1",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder for the drawings and the model."""
    parser.add_argument(
        "--out", default="regard-demo", metavar="DIR", help="folder for the drawings (default: %(default)s)"
    )
    parser.add_argument("--model", metavar="NAME", help="as for every verb; the model inside the package when left out")


def run(args: argparse.Namespace) -> int:
    """Ask, print and draw."""
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    model = load(args.model)
    known = read_json(MEDIA / "regions.json")
    _photo(model, {name: Region.rle(mask) for name, mask in known["photo"].items()}, out)
    _clip(model, {name: Region.track(dict(enumerate(track))) for name, track in known["clip"].items()}, out)
    Console().print(f"The drawings are in [bold]{out}[/bold]: photo.png, match.png, clip.png, clip.mp4")
    return 0


def _photo(model: Any, regions: dict[str, Region], out: Path) -> None:
    view = model.look(open_media(MEDIA / "photo.jpg"))
    bound = view.bind(list(regions.values()))
    told = _table("photo.jpg: a cup of coffee", list(regions))
    described = view.describe(bound)
    _rows(told, "describe", _numbers(bound), described, PHOTO_THINGS)
    _rows(told, "classify", _numbers(bound), view.classify(bound, list(COLOURS)), PHOTO_COLOURS)
    _ask(told, view, bound, PHOTO_QUESTIONS)
    match = view.match("the black region", bound)
    _rows(told, "match", ["the black region"], [match], ["3"])
    Console().print(told)
    draw.save(out / "photo.png", view.media, bound, [answer.text for answer in described])
    words = model.verb("match").drawn([match], len(bound), expression="the black region")
    draw.save(out / "match.png", view.media, bound, words.texts, caption=words.caption)


def _clip(model: Any, regions: dict[str, Region], out: Path) -> None:
    view = model.look(open_media(MEDIA / "clip.mp4"))
    bound = view.bind(list(regions.values()))
    told = _table("clip.mp4: two things that move", list(regions))
    described = view.describe(bound)
    _rows(told, "describe", _numbers(bound), described, CLIP_THINGS)
    _rows(told, "classify", _numbers(bound), view.classify(bound, list(COLOURS)), CLIP_COLOURS)
    answers = _ask(told, view, bound, CLIP_QUESTIONS)
    _rows(told, "match", ["the brown one"], [view.match("the brown one", bound)], ["1"])
    Console().print(told)
    texts = [f"{thing.text}, moves {way.text}" for thing, way in zip(described, answers[: len(bound)], strict=True)]
    for name in ("clip.png", "clip.mp4"):
        draw.save(out / name, view.media, bound, texts)


def _ask(told: Table, view: Any, bound: Sequence[BoundRegion], questions: Mapping[str, str]) -> list[Answer]:
    answers = [view.ask(question, bound) for question in questions]
    _rows(told, "ask", list(questions), answers, list(questions.values()))
    return answers


def _numbers(bound: Sequence[BoundRegion]) -> list[str]:
    return [placeholder(number) for number in range(1, len(bound) + 1)]


def _table(title: str, names: Sequence[str]) -> Table:
    regions = ", ".join(f"<region{number}> {name}" for number, name in enumerate(names, start=1))
    table = Table(title=f"{title}\n{regions}", title_justify="left", title_style="bold", pad_edge=False, box=None)
    for column in ("verb", "asked", "answer", "truth"):
        table.add_column(column, style="bold" if column == "answer" else None)
    return table


def _rows(table: Table, verb: str, asked: Sequence[str], answers: Sequence[Answer], truth: Sequence[str]) -> None:
    for question, answer, true in zip(asked, answers, truth, strict=True):
        score = f"  ({answer.scores[answer.text]:.2f})" if answer.text in answer.scores else ""
        table.add_row(verb, question.replace("[", r"\["), f"{printable(answer.text)}{score}".replace("[", r"\["), true)
