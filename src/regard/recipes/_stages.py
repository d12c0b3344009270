"""What all recipes of one stage share: the model it begins with, the loop over the drawn world, plan and export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from regard.core import rooms
from regard.core.errors import ConfigError
from regard.core.progress import say
from regard.models.config import RegardConfig
from regard.models.heads._base import TaskHead
from regard.models.model import RegardModel
from regard.models.opening import opened
from regard.models.presets import _base as presets
from regard.models.processor import RegardProcessor
from regard.models.with_heads import with_heads
from regard.prompts.templates._base import ChatTemplate
from regard.train import lora, losses, tokenizer
from regard.train.loop import run
from regard.train.parts import by_part, let_learn, part_of
from regard.train.stage import Stage
from regard.train.world import Mixture, World, loader
from regard.train.world_calls import CallBatches

WORD_BATCHES = 8
IDS = ("trigger_id", "slot_id")


@dataclass(frozen=True)
class Staged:
    """The settings of a run of one stage; `key=value` changes them, `stage.rates.lora=1e-4` too.

    `preset`: the design, NAME or NAME_tiny. `stage`: what learns. `form`: another statement of the stage's source, by
    name; what it says wins. `start`: the folder of the model to go on from; a small twin needs none. `steps`: 0 for as
    many as the stage's courses make. `heads`: task heads, by name or with their settings, beside or in place of those
    of the preset; the model gets those that it does not have. `finds`: which of them answers each kind of question that
    the world asks. `tracks`: regions come on all frames, for the guide. `images`, `clips`: how many scenes are drawn;
    `mixture`: what is asked of them.
    """

    preset: str
    stage: Stage
    out: str
    form: str = ""
    start: str = ""
    steps: int = 0
    heads: tuple[Any, ...] = ()
    finds: Mapping[str, str] = field(default_factory=dict)
    tracks: bool = False
    images: int = 48_000
    clips: int = 16_000
    workers: int = 1
    threads: int = 2
    save_every: int = 250
    log_every: int = 20
    mixture: Mixture = field(default_factory=Mixture)


def main(config: Staged) -> Path:
    """Run the stage, or what is left of it, and return the folder of the finished model.

    Raises `ConfigError` for a model of full size without `start`, and for a stage without steps.
    """
    check(config)
    torch.set_num_threads(config.threads)
    torch.manual_seed(0)
    out, stage = Path(config.out), config.stage.in_form(config.form)
    world = draw(config, out)
    model, processor = begin(config, out, world)
    prepare(model, stage)
    say(stage.aim)
    steps = config.steps or stage.steps
    run(
        model,
        partial(step_loss, model, stage),
        partial(batches, config, world, processor, steps),
        stage.schedule(steps, config.save_every, config.log_every),
        out / "stage",
        rates=stage.rates,
    )
    return export(out, processor, lora.merge(model, stage.lora) if stage.lora else model)


def check(config: Staged) -> None:
    """Raise `ConfigError` for settings that nothing can be begun with, before anything is drawn or loaded."""
    if not config.start and not presets.named(config.preset)[1]:
        raise ConfigError(
            f"{config.preset} would begin with random weights; give start=FOLDER, a model that regard.load reads, or "
            f"take the recipe of the small twin ({presets.TWIN} behind its name)"
        )
    if not config.steps and not config.stage.in_form(config.form).steps:
        raise ConfigError("the stage does not say how much it reads; give steps=N")


def draw(config: Staged, out: Path) -> World:
    """Draw the training scenes, or find them drawn."""
    return World.drawn(out / "world", config.images, config.clips, config.mixture, config.threads)


def begin(config: Staged, out: Path, world: World) -> tuple[RegardModel, RegardProcessor]:
    """Return the model that the stage begins with, task heads included: that of `start`, or a twin with random weights,
    kept in `out/start`.
    """
    folder = Path(config.start) if config.start else out / "start"
    if not config.start and not (folder / "model.safetensors").exists():
        model, processor = random_twin(config, world)
        processor.save_pretrained(folder)
        model.save_pretrained(folder)
    model, processor, _ = opened(folder, "cpu", torch.float32, False, {})
    missing = [head for head in wanted_heads(config) if head["name"] not in model.heads]
    return with_heads(model, processor, missing) if missing else (model, processor)


def random_twin(config: Staged, world: World) -> tuple[RegardModel, RegardProcessor]:
    """Return a small twin with random weights, without task heads, and a tokenizer of the world's words."""
    design = presets.configuration(config.preset)
    template = rooms.load("regard.prompts.templates", design.template, ChatTemplate)()
    learned = tokenizer.learn(world.words(WORD_BATCHES), template, design.language["vocab_size"])
    language = design.language | {"vocab_size": len(learned)}
    design = RegardConfig.from_dict(design.to_dict() | {"heads": [], "language": language})
    return RegardModel(design), RegardProcessor(learned, design)


def wanted_heads(config: Staged) -> list[dict[str, Any]]:
    """Return the settings of all task heads that the model is to have, without ids of tokens: the preset's, as the
    recipe changes them, then the recipe's own.
    """
    own = {entry["name"]: entry for entry in ({"name": one} if isinstance(one, str) else one for one in config.heads)}
    design = presets.configuration(config.preset)
    found = [{**entry, **own.pop(entry["name"], {})} for entry in design.heads]
    return [{name: value for name, value in entry.items() if name not in IDS} for entry in [*found, *own.values()]]


def prepare(model: RegardModel, stage: Stage) -> None:
    """Give the model the stage's low-rank changes, and let those learn that are to."""
    if stage.lora is not None:
        lora.join(model, stage.lora)
    let_learn(model, stage.rates)


def step_loss(model: RegardModel, stage: Stage, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of one batch and figures to log."""
    return losses.total(model, batch, calls=stage.calls)[:2]


def batches(config: Staged, world: World, processor: RegardProcessor, steps: int, first: int) -> Iterator[Any]:
    """Yield the batches from one step on."""
    asked = CallBatches(world, processor, range(first, steps), config.finds, config.tracks)
    return loader(asked, config.workers)


def export(out: Path, processor: RegardProcessor, model: RegardModel) -> Path:
    """Write the model as `regard.load(FOLDER)` reads it, in full precision: a next stage begins with it, and small
    changes of large weights would be rounded away.
    """
    folder = out / "model"
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    say(f"done: regard ask MEDIA QUESTION --model {folder}")
    return folder


def plan(config: Staged) -> list[str]:
    """Return who learns at what rate and with how many weights, what is read, and where the numbers are from; nothing
    is loaded.
    """
    stage = config.stage.in_form(config.form)
    with torch.device("meta"):
        model = RegardModel(_planned(config))
        prepare(model, stage)
    return [stage.aim, "", *_learners(model, stage), "", *_reading(config, stage), "", *_sources(stage)]


def _planned(config: Staged) -> RegardConfig:
    """Return the configuration with all heads; where the tokenizer has no place for their tokens yet, at its end."""
    design = presets.configuration(config.preset).to_dict()
    words, heads = design["language"]["vocab_size"], []
    known = {entry["name"]: {name: entry[name] for name in IDS if name in entry} for entry in design["heads"]}
    for entry in wanted_heads(config):
        called = rooms.load("regard.models.heads", entry["name"], TaskHead).trigger is not None
        added = dict(zip(IDS, (words, words + 1), strict=True)) if called and entry["name"] not in known else {}
        words += len(added)
        heads.append({**entry, **known.get(entry["name"], {}), **added})
    return RegardConfig.from_dict(design | {"heads": heads, "language": design["language"] | {"vocab_size": words}})


def _learners(model: RegardModel, stage: Stage) -> list[str]:
    """Return a line for each part with a rate, then for what rests beside them."""
    found = by_part(model, stage.rates)
    rows = [(part, stage.rates[part], _count(weight for _, weight in found[part])) for part in stage.rates]
    named = {id(weight) for weights in found.values() for _, weight in weights}
    resting: dict[str, list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if id(weight) not in named:
            resting.setdefault(part_of(name).split(".")[0], []).append(weight)
    rows += [(part, 0.0, _count(weights)) for part, weights in resting.items()]
    wide = max(len(part) for part, *_ in rows)
    return [
        f"{part:<{wide}}  {f'{rate:g}' if rate else 'rests':>7}  {count:>13,} weights" for part, rate, count in rows
    ]


def _count(weights: Any) -> int:
    return sum(weight.numel() for weight in weights)


def _reading(config: Staged, stage: Stage) -> Sequence[str]:
    rows = [f"{kind}: {course} = {course.steps:,} steps ({course.of})" for kind, course in stage.courses.items()]
    steps = config.steps or stage.steps
    rise = round(stage.warmup * steps)
    terms = "words and task heads" if stage.calls else "words alone"
    return [*rows, f"{steps:,} steps, the rates rise over {rise:,} and fall along a cosine; learned from: {terms}"]


def _sources(stage: Stage) -> list[str]:
    told = [f"{what}: {source}" for what, source in stage.sources.items()]
    return told + [f"form={name}: {', '.join(_changes(changes))}" for name, changes in stage.forms.items()]


def _changes(changes: Mapping[str, Any]) -> Iterator[str]:
    for name, value in changes.items():
        yield from (f"{key} {one}" for key, one in (value.items() if isinstance(value, Mapping) else [(name, value)]))
