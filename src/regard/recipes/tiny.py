"""The model that ships inside the package, trained from nothing on the procedural world.

- Command: `regard train tiny out=runs/tiny`
- Hardware: 2 CPU cores with AVX512-BF16 and a C++ compiler (`compile=false` without one); training runs on CPUs.
- Hours: about eight, with the settings below and nothing else running: reckoned from the time of a step.
- Expected: not known; this recipe has not been run from nothing to the end in one go. The shipped file was made in
  stretches, between which the recipe changed; docs/model_card.md says how, and what that file reaches.
- Stages: world (scenes are drawn once), patches (the tower's stem learns textures), dense (tower, connector and region
  encoder learn the drawn truth), outlines (the mask head learns to draw what region tokens stand for and what visual
  tokens lie on), the lessons of `_tiny_lessons` (what is asked in few words, comparing, choosing, clips, task heads,
  looking for what is described, reading grids; then all wordings; then everything together, at a falling rate),
  export (weights in half precision, tokenizer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from regard.core import rooms
from regard.core.errors import ConfigError
from regard.core.progress import say
from regard.data.world import ask_finds, shards
from regard.models.config import RegardConfig
from regard.models.deepened import deepened
from regard.models.model import Encoded, RegardModel, together
from regard.models.processor import RegardProcessor
from regard.models.with_heads import with_heads
from regard.prompts.templates._base import ChatTemplate
from regard.recipes import _tiny_designs, _tiny_samples
from regard.recipes._tiny_lessons import FOUND, LESSONS
from regard.train import checkpoint, losses, tokenizer
from regard.train.blocks import compile_blocks
from regard.train.dense import DenseHeads, PatchHeads
from regard.train.loop import Schedule, run
from regard.train.outlines import outline_loss, things_loss
from regard.train.world import AnswerBatches, DenseBatches, Mixture, World, loader

WATCH_SEED = 900_000_000
MASK_WEIGHTS = {"cross_entropy": 2.0, "dice": 2.0}
MASKS_OF_MOMENTS = {"cross_entropy": 0.5, "dice": 0.5}  # larger ones drown the words


@dataclass(frozen=True)
class Tiny:
    """The settings of the run; `key=value` changes them.

    `encoder`: how regions enter, a name of `regard list encoders` or several joined by "+"; left out, as in the model
    that ships (`mask_pool`, with `refine`), or as in `start`. `start`: a model folder to go on from, such as the one
    inside the package; its tokenizer and design are taken over, and the first two stages are left out; with fewer
    layers than `text_depth`, its language model gets more, which change nothing at first, and without task heads or
    marks of things it gets these. `seeing`: the weight of the drawn truth beside the answers, where the tower learns;
    `drawing`: that of the outlines of regions and things, where the model has task heads. `finds`: the model has them,
    for regions and moments as answers, and marks of things; without them "outlines", "find", "look" and "cells" are
    left out. `mixture`: regions of clips mostly come on all frames, since the model follows those of one frame itself,
    and half of the expressions are a single clue, since several mostly hang on a colour.
    """

    out: str = "runs/tiny"
    start: str = ""
    encoder: str = ""
    images: int = 48_000
    clips: int = 16_000
    workers: int = 1
    threads: int = 2
    vocabulary: int = 2048
    vision_width: int = 160
    vision_depth: int = 4
    text_width: int = 192
    text_depth: int = 9
    refine: bool = True
    seeing: float = 0.25
    drawing: float = 0.3
    finds: bool = True
    watched: int = 500
    watched_batches: int = 12
    compile: bool = True
    mixture: Mixture = field(default_factory=lambda: Mixture(tracked=0.9, terse=0.5))
    patches: Schedule = field(default_factory=lambda: Schedule(steps=1500, rate=4e-3, warmup=30, decay=0.4))
    dense: Schedule = field(default_factory=lambda: Schedule(steps=3000, rate=1.5e-3, warmup=100, save_every=300))
    plain: Schedule = field(default_factory=lambda: Schedule(steps=500, rate=1.5e-3, warmup=200, decay=0.0))
    match: Schedule = field(default_factory=lambda: Schedule(steps=1000, rate=1.5e-3, warmup=50, decay=0.0))
    compare: Schedule = field(default_factory=lambda: Schedule(steps=500, rate=1.5e-3, warmup=50, decay=0.0))
    swap: Schedule = field(default_factory=lambda: Schedule(steps=300, rate=1.5e-3, warmup=30, decay=0.0))
    first: Schedule = field(default_factory=lambda: Schedule(steps=600, rate=1.5e-3, warmup=30, decay=0.0))
    later: Schedule = field(default_factory=lambda: Schedule(steps=200, rate=1.5e-3, warmup=30, decay=0.0))
    follow: Schedule = field(default_factory=lambda: Schedule(steps=500, rate=1.5e-3, warmup=50, decay=0.0))
    choose: Schedule = field(default_factory=lambda: Schedule(steps=500, rate=1.5e-3, warmup=50, decay=0.0))
    outlines: Schedule = field(default_factory=lambda: Schedule(steps=600, rate=1e-3, warmup=20, decay=0.6))
    find: Schedule = field(default_factory=lambda: Schedule(steps=1000, rate=1.5e-3, warmup=50, decay=0.0))
    look: Schedule = field(default_factory=lambda: Schedule(steps=500, rate=1.5e-3, warmup=20, decay=0.0))
    cells: Schedule = field(default_factory=lambda: Schedule(steps=400, rate=1.2e-3, warmup=20, decay=0.0))
    answer: Schedule = field(default_factory=lambda: Schedule(steps=5000, rate=1.5e-3, warmup=50, decay=0.0))
    whole: Schedule = field(default_factory=lambda: Schedule(steps=2500, rate=1.5e-3, warmup=50, decay=0.8))


CONFIG = Tiny


def main(config: Tiny) -> Path:
    """Run every stage that is not done yet and return the folder of the finished model.

    Raises `ConfigError` for a region encoder that there is not, or that `start` does not have.
    """
    _tiny_designs.check(config.encoder, config.start)
    torch.set_num_threads(config.threads)
    torch.manual_seed(0)
    out = Path(config.out)
    world = draw(config, out)
    processor = prepare(config, out, world)
    model, finder = build(config, processor)
    for line in _tiny_designs.left_out(model) if config.finds else ():
        say(line)
    taught = Taught(model)
    if not config.start:
        learn_patches(config, out, world, processor, taught)
        learn_densely(config, out, world, processor, taught)
    had = {entry["name"] for entry in processor.config.heads}
    if config.finds and not (processor.config.things == model.config.things and ask_finds.MASKS in had):
        learn_outlines(config, out, world, finder, taught)
    if config.finds and ask_finds.MOMENTS not in had:
        heads = taught.model.heads.members
        heads[ask_finds.MOMENTS].load_state_dict(heads[ask_finds.MASKS].state_dict(), strict=False)
    learn_to_answer(config, out, world, finder, taught)
    return export(out, finder, taught.model)


def draw(config: Tiny, out: Path) -> World:
    """Draw the training scenes, or find them drawn."""
    return World.drawn(out / "world", config.images, config.clips, config.mixture, config.threads)


def prepare(config: Tiny, out: Path, world: World) -> RegardProcessor:
    """Learn the tokenizer from the questions and answers of the first scenes, or load it."""
    folder = out / "processor"
    if (folder / "tokenizer.json").exists():
        processor = RegardProcessor.from_pretrained(folder)
        return processor if config.start else _same_design(config, processor, folder)
    if config.start:
        processor = RegardProcessor.from_pretrained(config.start)
        processor.save_pretrained(folder)
        return processor
    template = rooms.load("regard.prompts.templates", "plain", ChatTemplate)()
    learned = tokenizer.learn(world.words(240), template, config.vocabulary)
    processor = RegardProcessor(learned, model_config(config, len(learned)))
    processor.save_pretrained(folder)
    return processor


def build(config: Tiny, processor: RegardProcessor) -> tuple[RegardModel, RegardProcessor]:
    """Return the model to train, new or that to start from, with the task heads that it lacks if they are wanted."""
    for head in processor.config.heads:
        if config.finds and head["name"] == ask_finds.MASKS:
            head.update(follows=True, edges=True)  # outlines are learned to the end, and need no finer map
    model = RegardModel(processor.config)
    if config.start:
        checkpoint.load_weights(model, Path(config.start) / "model.safetensors")
        if config.text_depth > model.language.config.num_hidden_layers:
            model, processor = deepened(model, processor, config.text_depth)
    common = {"map_width": model.vision.width, "doublings": 0}
    masks = common | {"name": ask_finds.MASKS, "weights": MASK_WEIGHTS, "follows": True, "edges": True}
    moments = common | {"name": ask_finds.MOMENTS, "weights": MASKS_OF_MOMENTS}
    missing = [head for head in (masks, moments) if config.finds and head["name"] not in model.heads]
    things = ask_finds.MASKS if config.finds and _tiny_designs.marks_things(model) else model.config.things
    if not missing and things == model.config.things:
        return model, processor
    return with_heads(model, processor, missing, things)


def _same_design(config: Tiny, processor: RegardProcessor, folder: Path) -> RegardProcessor:
    wanted = model_config(config, len(processor.tokenizer)).to_dict()
    for name in ("vision", "encoders", "language"):
        if wanted[name] != processor.config.to_dict()[name]:
            raise ConfigError(
                f"{folder} was made with {name}={processor.config.to_dict()[name]}, the settings say {wanted[name]}; "
                "name another out=, or remove that folder and what was trained beside it"
            )
    return processor


def model_config(config: Tiny, vocabulary: int) -> RegardConfig:
    """Return the configuration of the model: its region encoders, and where each region is as an extra embedding."""
    return RegardConfig(
        vision={"name": "conv_vit", "width": config.vision_width, "depth": config.vision_depth},
        connector={"name": "mlp"},
        encoders=_tiny_designs.encoders(config.encoder, config.refine),
        language={
            "model_type": "llama",
            "hidden_size": config.text_width,
            "num_hidden_layers": config.text_depth,
            "num_attention_heads": config.text_width // 64,
            "num_key_value_heads": config.text_width // 64,
            "intermediate_size": config.text_width * 8 // 3,
            "vocab_size": vocabulary,
            "tie_word_embeddings": True,
            "max_position_embeddings": 4096,
            "initializer_range": 0.05,
        },
        place=True,
        normalise=True,
    )


class Taught(nn.Module):
    """The model, with the heads that only training has."""

    def __init__(self, model: RegardModel) -> None:
        super().__init__()
        self.model = model
        self.heads = DenseHeads(model.language.config.hidden_size)
        self.patch_heads = PatchHeads(model.vision.patch_width)

    def let_tower_learn(self, learns: bool) -> None:
        """Let tower, region encoder and heads learn, or rest; the connector always learns with the language model."""
        for part in (self.model.vision, self.model.encoders.members, self.heads):
            part.requires_grad_(learns)

    def glance(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Return loss and accuracies of naming what is drawn, from the tower's stem alone."""
        patches = together(self.model.vision.embed, batch["pixels"])
        return self.patch_heads(patches, batch["regions"], batch["region_truth"])

    def see(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Return loss and accuracies of naming what is drawn."""
        encoded = self.model.encode(batch["pixels"], batch["regions"])
        return self._named(encoded, batch)

    def outline(self, batch: dict[str, Any], seeing: float) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of drawing every region from its own token and the thing under each visual token, plus
        `seeing` times that of naming; and mean IoUs.
        """
        encoded = self.model.encode(batch["pixels"], batch["regions"])
        drawn, told = self._outlines(encoded, batch)
        named, figures = self._named(encoded, batch)
        return drawn + seeing * named, told | figures

    def _named(self, encoded: Encoded, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Return loss and accuracies of what the tokens of regions and media say."""
        truths = (batch["regions"], batch["region_truth"], batch["cell_truth"])
        return self.heads(encoded.visual, encoded.in_text, *truths)

    def _outlines(self, encoded: Encoded, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of drawing regions, and things where the model marks them itself; and mean IoUs."""
        head = self.model.heads.members[ask_finds.MASKS]
        drawn, told = outline_loss(head, encoded, batch["outlines"])
        if self.model.things is None:
            return drawn, told
        under, figures = things_loss(encoded.things, batch["things"])
        return drawn + under, told | figures

    def answer(self, batch: dict[str, Any], seeing: float, drawing: float) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of answering, plus `seeing` times that of naming and `drawing` times that of drawing regions
        and things; and the share of exact answers.
        """
        loss, told, encoded = losses.total(self.model, batch)
        if drawing:
            drawn, figures = self._outlines(encoded, batch)
            loss, told = loss + drawing * drawn, told | figures
        if seeing:
            named, figures = self._named(encoded, batch)
            loss, told = loss + seeing * named, told | figures
        return loss, told


def learn_patches(config: Tiny, out: Path, world: World, processor: RegardProcessor, taught: Taught) -> None:
    """Teach the tower's stem what is drawn, from the patches of each region alone; a step is cheap, batches are
    large.
    """
    say("patches: the tower's stem learns textures")
    mixture = config.mixture
    larger = replace(mixture, image_scenes=2 * mixture.image_scenes, clip_scenes=2 * mixture.clip_scenes)
    stem = nn.ModuleList([taught.model.vision.stem, taught.patch_heads])
    taught.requires_grad_(False)
    stem.requires_grad_(True)
    run(
        taught,
        taught.glance,
        partial(_batches, DenseBatches, world.asked(larger), processor, config.patches.steps, config.workers),
        config.patches,
        out / "patches",
    )
    taught.requires_grad_(True)


def learn_densely(config: Tiny, out: Path, world: World, processor: RegardProcessor, taught: Taught) -> None:
    """Teach tower, connector and region encoder the drawn truth."""
    say("dense: tower, connector and region encoder learn what is drawn where")
    taught.model.language.requires_grad_(False)
    run(
        taught,
        taught.see,
        partial(_batches, DenseBatches, world, processor, config.dense.steps, config.workers),
        config.dense,
        out / "dense",
    )
    taught.model.language.requires_grad_(True)


def learn_outlines(config: Tiny, out: Path, world: World, processor: RegardProcessor, taught: Taught) -> None:
    """Teach the mask head to draw what a region's token stands for and what a visual token lies on, and the tower to
    see what that takes; the tower of a model to start from stays, since its language model reads it already.
    """
    say("outlines: the mask head learns to draw each region from its token, and the thing under each visual token")
    taught.requires_grad_(not config.start)
    for part in (taught.model.heads, taught.model.things, taught.heads):
        if part is not None:
            part.requires_grad_(True)
    taught.model.language.requires_grad_(False)
    run(
        taught,
        partial(taught.outline, seeing=0.5),
        partial(
            _batches, partial(DenseBatches, outlined=True), world, processor, config.outlines.steps, config.workers
        ),
        config.outlines,
        out / "outlines",
    )
    taught.requires_grad_(True)


def learn_to_answer(config: Tiny, out: Path, world: World, processor: RegardProcessor, taught: Taught) -> None:
    """Teach answering, lesson by lesson, watching held-out scenes and wordings."""
    taught.model.language.set_attn_implementation("eager")  # on a CPU in bfloat16 it is faster than the fused kernel
    if config.compile:
        compile_blocks([*taught.model.language.model.layers, *taught.model.vision.blocks])
    for number, (name, lesson) in enumerate(LESSONS.items(), start=1):
        if lesson.finds and not config.finds:
            continue
        say(f"{name}: {lesson.aim}")
        schedule = getattr(config, name)
        mixture = lesson.mixture(config.mixture, seed=number)
        if config.finds and not lesson.plain:
            mixture = replace(mixture, skills=(*mixture.skills, *FOUND))
        drawing = config.drawing if config.finds and (lesson.finds or not lesson.plain) else 0.0
        taught.let_tower_learn(lesson.tower_learns)
        taught.model.heads.requires_grad_(drawing > 0)  # visual tokens depend on them: answers alone would unteach them
        kind, asked = partial(AnswerBatches, outlined=drawing > 0), world.asked(mixture)
        run(
            taught,
            partial(taught.answer, seeing=config.seeing if lesson.tower_learns else 0.0, drawing=drawing),
            partial(_batches, kind, asked, processor, schedule.steps, config.workers),
            schedule,
            out / name,
            watch=partial(watch, config, out, out / name, processor, taught.model),
        )


def _batches(
    kind: Callable[..., AnswerBatches | DenseBatches],
    world: World,
    processor: RegardProcessor,
    steps: int,
    workers: int,
    first: int,
) -> Iterator[Any]:
    return loader(kind(world, processor, range(first, steps)), workers)


@torch.no_grad()
def watch(
    config: Tiny, out: Path, folder: Path, processor: RegardProcessor, model: RegardModel, step: int
) -> dict[str, float]:
    """Return the share of exact answers for each skill on scenes and wordings that training never sees, and show a few
    answers, kept in `folder`.
    """
    images = shards.render(out / "watch", "image", config.watched, first_seed=WATCH_SEED)
    clips = shards.render(out / "watch", "clip", config.watched, first_seed=WATCH_SEED)
    world = World(images, clips, config.mixture)
    _tiny_samples.show(world, processor, model, folder, step)
    right: dict[str, list[float]] = {}
    for batch in loader(AnswerBatches(world, processor, range(config.watched_batches), held_out=True), 0):
        with torch.autocast("cpu", torch.bfloat16):
            logits, words = losses.learned_logits(model, batch, losses.states(model, batch))
        found = losses.exact(logits, words, losses.answers_of(batch)).tolist()
        for skill, value in zip(batch["skills"], found, strict=True):
            right.setdefault(skill, []).append(value)
    return {skill: sum(values) / len(values) for skill, values in sorted(right.items())}


def export(out: Path, processor: RegardProcessor, model: RegardModel) -> Path:
    """Write weights (half precision), configuration and tokenizer as `regard.load(FOLDER)` reads them."""
    folder = out / "model"
    model.eval()
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    say(f"done: regard ask PICTURE QUESTION --model {folder}")
    return folder
