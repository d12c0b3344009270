"""The commands of the verbs: options from a verb's parameters, one call, answers as text, JSON or a drawing."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from regard import draw
from regard.cli._parser import Parser, add_placement, placement
from regard.core import rooms
from regard.core.errors import ConfigError, MediaError, PromptError, RegionError
from regard.core.progress import say
from regard.draw.files import check_path
from regard.media.open import open_media
from regard.prompts.answer import Answer, printable
from regard.regions.parse import FORMS, parse
from regard.regions.units import UNITS
from regard.verbs import load
from regard.verbs._base import MAX_NEW_TOKENS, ROOM, Parameter, Verb
from regard.verbs._binder import SEGMENTER, Binder
from regard.verbs._stream import Stream

STDIN = "-"
HEAT = "heat:"


def parser(name: str) -> Parser:
    """Return the parser of one verb's command."""
    verb = rooms.load(ROOM, name, Verb)
    made = Parser(
        prog=f"regard {name}",
        description=f"{verb.summary[:1].upper()}{verb.summary[1:]}.",
        epilog=f"example:\n  regard {name} {verb.media} {verb.example}",
    )
    made.add_argument("media", metavar="MEDIA", help="a picture, a video, or a folder of numbered frames")
    for parameter in verb.parameters:
        _add(made, parameter, verb)
    if verb.writes:
        made.add_argument("--stream", action="store_true", help="print the text while it is written")
    if "max_new_tokens" in inspect.signature(verb.__call__).parameters:
        text = "longest answer (default: %(default)s)"
        made.add_argument("--max-new-tokens", type=int, default=MAX_NEW_TOKENS, metavar="N", help=text)
    _add_regions(made, propagates="propagate" in inspect.signature(verb.__call__).parameters)
    _add_model(made)
    made.set_defaults(run=partial(run, name))
    return made


def _add(made: Parser, parameter: Parameter, verb: type[Verb]) -> None:
    option = f"--{parameter.name.replace('_', '-')}"
    if parameter.required:
        more = (
            f"; {STDIN} reads questions from standard input, one a line, as one conversation" if verb.converses else ""
        )
        made.add_argument(parameter.name, metavar=parameter.name.upper(), help=_percent(parameter.help + more))
    elif parameter.kind == "flag":
        _add_flag(made, parameter, option)
    elif parameter.kind == "words":
        made.add_argument(option, metavar="A,B,..", help=_percent(parameter.help))
    else:
        choices = list(parameter.choices) or None
        text = f"{_percent(parameter.help)} (default: %(default)s)"
        made.add_argument(option, choices=choices, default=parameter.default, help=text)


def _add_flag(made: Parser, parameter: Parameter, option: str) -> None:
    if parameter.default:
        text = f"do not {_percent(parameter.help)}"
        made.add_argument(option.replace("--", "--no-", 1), action="store_false", dest=parameter.name, help=text)
    else:
        made.add_argument(option, action="store_true", help=_percent(parameter.help))


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _add_regions(made: Parser, propagates: bool) -> None:
    group = made.add_argument_group("regions")
    forms = f"{', '.join(FORMS.values())}. WHEN is a frame (@12) or seconds (@2.0s)"
    group.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="KIND:VALUES[@WHEN]",
        help=f"a region, the first is <region1>; may be given many times: {forms}",
    )
    group.add_argument(
        "--unit", choices=list(UNITS), default="px", help="of the numbers in --region (default: %(default)s)"
    )
    made.set_defaults(propagate=False)
    if propagates:
        group.add_argument(
            "--propagate", action="store_true", help="follow regions given at one frame of a clip through the others"
        )
    group.add_argument(
        "--segmenter", default=SEGMENTER, metavar="NAME", help="makes points and scribbles masks (default: %(default)s)"
    )


def _add_model(made: Parser) -> None:
    group = made.add_argument_group("model and output")
    group.add_argument(
        "--model",
        metavar="NAME",
        help="embedded (the default), a folder, a hub name in the local cache, or replay:FILE",
    )
    add_placement(group)
    group.add_argument("--record", metavar="FILE", help="add every answer to a recording, for --model replay:FILE")
    group.add_argument("--json", action="store_true", help="print one JSON object per answer")
    text = "draw regions and answers: .png .jpg .webp, or .mp4 for a clip; heat:OUT: where the model sees each region"
    group.add_argument("--draw", metavar="OUT", help=text)


def run(name: str, args: argparse.Namespace) -> int:
    """Ask, print, draw, and return 0.

    Options that do not go together, regions, media and the drawing's path are refused before the model is loaded; what
    the verb or the model refuses (a question, a count of regions, a label) after.
    """
    stream = getattr(args, "stream", False)
    if args.json and stream:
        raise ConfigError("--stream prints text while it is written and --json whole answers; choose one")
    if stream and _from_stdin(rooms.load(ROOM, name, Verb), args):
        raise ConfigError(f"--stream writes the answer to one question; it does not go with {STDIN}")
    binder = Binder.named(args.segmenter, propagate=args.propagate)
    regions = [parse(text, unit=args.unit) for text in args.region]
    media = open_media(args.media)
    if args.draw:
        _check_drawing(args.draw, media.is_clip, len(regions))
    bound = binder.bind(media, regions)
    model = load(args.model, segmenter=args.segmenter, record=args.record, **placement(args))
    verb = model.verb(name)
    options = _options(verb, args)
    ask: Callable[..., Any] = partial(verb, media, regions=bound, **options)
    found = model.maps(media, bound) if (args.draw or "").startswith(HEAT) else None
    answers = _streamed(ask, verb) if stream else _whole(ask, verb, args)
    if found is not None:
        draw.save_picture(args.draw.removeprefix(HEAT), draw.heat(media, found.regions, found.frames, bound))
    elif args.draw:
        words = verb.drawn(answers, len(bound), **options)
        shown = bound if words.regions is None else words.regions
        draw.save(args.draw, media, shown, words.texts, caption=words.caption, timeline=words.timeline)
    return 0


def _check_drawing(path: str, is_clip: bool, regions: int) -> None:
    """Raise `MediaError` for a drawing that cannot be written there, `RegionError` for heat maps of no region."""
    if not path.startswith(HEAT):
        check_path(path, is_clip)
        return
    if path.endswith(".mp4"):
        raise MediaError(f"heat maps of a clip are a sheet of the frames that were looked at, a picture, not {path!r}")
    check_path(path.removeprefix(HEAT), is_clip=False)
    if not regions:
        raise RegionError(f"--draw {path} shows where the model sees regions; give at least one with --region")


def _options(verb: Verb, args: argparse.Namespace) -> dict[str, Any]:
    """The verb's own settings, as its Python method takes them."""
    options = {parameter.name: getattr(args, parameter.name) for parameter in verb.parameters}
    for parameter in verb.parameters:
        if parameter.kind == "words" and options[parameter.name] is not None:
            options[parameter.name] = options[parameter.name].split(",")
    if "max_new_tokens" in args:
        options["max_new_tokens"] = args.max_new_tokens
    return options


def _whole(ask: Callable[..., Any], verb: Verb, args: argparse.Namespace) -> list[Answer]:
    rounds = _conversation(ask) if _from_stdin(verb, args) else [ask()]
    told: list[Answer] = []
    for found in rounds:
        answers = found if isinstance(found, list) else [found]
        for answer in answers:
            print(
                json.dumps({"media": args.media, **answer.to_dict()})
                if args.json
                else _line(verb, answer, len(answers))
            )
            _warn(answer)
        sys.stdout.flush()
        told += answers
    return told


def _from_stdin(verb: type[Verb] | Verb, args: argparse.Namespace) -> bool:
    return verb.converses and any(getattr(args, one.name) == STDIN for one in verb.parameters if one.required)


def _conversation(ask: Callable[..., Any]) -> Iterator[Answer]:
    """Questions from standard input, each with what was said before. Raises `PromptError` when none came."""
    turns: tuple[Any, ...] = ()
    for line in sys.stdin:
        if line.strip():
            answer = ask(question=line.strip(), turns=turns)
            turns = answer.turns
            yield answer
    if not turns:
        raise PromptError(f"{STDIN} reads questions from standard input, one a line, and none came")


def _streamed(ask: Callable[..., Any], verb: Verb) -> list[Answer]:
    found = ask(stream=True)
    streams: list[Stream] = found if isinstance(found, list) else [found]
    for number, stream in enumerate(streams, start=1):
        print(f"{number}: " if len(streams) > 1 else "", end="", flush=True)
        for piece in stream:
            print(printable(piece), end="", flush=True)
        print()
        _warn(stream.answer)
    return [stream.answer for stream in streams]


def _line(verb: Verb, answer: Answer, count: int) -> str:
    number = f"{answer.region + 1}: " if count > 1 and answer.region is not None else ""
    return number + printable(verb.line(answer))


def _warn(answer: Answer) -> None:
    notes = answer.notes if answer.readable else (*answer.notes, "the model's answer could not be read")
    for note in notes:
        say(f"note: {printable(note)}")
