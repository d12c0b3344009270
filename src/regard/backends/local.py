"""Answers by a model on this machine. Media are encoded once and serve every question that is asked about them.

Shapes: B questions, L text positions, N visual tokens, D width of the language model.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.utils import logging

from regard.backends._base import Generation
from regard.core import rooms
from regard.core.errors import CheckpointError, ConfigError
from regard.core.files import read_json
from regard.models import published
from regard.models.config import RegardConfig
from regard.models.encoders._base import FeatureMaps, RegionInputs
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor
from regard.prompts.render import Rendered, decode_words, encode_words
from regard.prompts.sample import Media, Sample

EMBEDDED = rooms.folder("regard.assets.embedded")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
DTYPES |= {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
BATCH = 32
KEPT = 4


@dataclass(eq=False)
class Look:
    """Media as the model has seen them: maps to read regions from, and the language model's cache of the visual
    tokens.
    """

    maps: FeatureMaps
    cache: DynamicCache
    length: int


@dataclass(eq=False)
class Asked:
    """One question, ready to be answered: what the language model reads (L, D), and the sample's look."""

    look: Look
    embeds_LD: Tensor
    timing_ms: dict[str, float] = field(default_factory=dict)


class LocalBackend:
    """A model, its processor and the looks it has taken lately."""

    def __init__(self, model: RegardModel, processor: RegardProcessor, name: str) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        self.most_regions = model.config.most_regions
        self._looks: OrderedDict[Any, Look] = OrderedDict()
        self._end = model.config.eos_token_id

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        *,
        device: str = "cpu",
        dtype: str | torch.dtype = "float32",
        verify: bool = False,
        **settings: Any,
    ) -> LocalBackend:
        """Load the model that ships inside (`folder` left out), a folder that `save_pretrained` wrote, or a checkpoint
        as its authors published it.

        `device`: `cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for the best that is there. `dtype`: `float32`, `bfloat16`,
        `float16`, or a torch dtype. `verify`: compare weights in the Hugging Face cache with their hashes. `settings`:
        for published checkpoints, as `regard.models.published.load` takes them. Only safetensors are read. Raises
        `CheckpointError` that names what is missing, `ConfigError` for a device or dtype that is not there.
        """
        home = EMBEDDED if folder is None else Path(folder)
        device, dtype = device_named(device), dtype_named(dtype)
        if verify:
            published.verify(home)
        if _configuration(home).get("model_type") != RegardConfig.model_type:
            with _quietly():
                model, processor = published.load(home, dtype=dtype, **settings)
        elif settings:
            raise ConfigError(
                f"{home} says itself how it is made; {', '.join(settings)} can be set for published models"
            )
        else:
            model, processor = _own(home, dtype)
        return cls(model.to(device), processor, "regard-embedded" if folder is None else _called(home))

    @torch.inference_mode()
    def generate(self, samples: Sequence[Sample], *, max_new_tokens: int = 128) -> list[Generation]:
        """Write the next assistant turn of each sample, greedily."""
        results: list[Generation] = []
        for start in range(0, len(samples), BATCH):
            asked = [self._ask(sample) for sample in samples[start : start + BATCH]]
            begun = time.perf_counter()
            written = [[] for _ in asked]
            for step in self._write(asked, max_new_tokens):
                for row, token in step.items():
                    written[row].append(token)
            spent = (time.perf_counter() - begun) * 1000 / len(asked)
            results += [self._generation(item, ids, spent) for item, ids in zip(asked, written, strict=True)]
        return results

    @torch.inference_mode()
    def stream(self, sample: Sample, *, max_new_tokens: int = 128) -> Generator[str, None, Generation]:
        """Yield pieces of the next assistant turn; joined they equal what `generate` writes, which is returned last."""
        asked, begun = self._ask(sample), time.perf_counter()
        ids: list[int] = []
        told = ""
        for step in self._write([asked], max_new_tokens):
            ids += step.values()
            text = decode_words(self.processor.tokenizer, [token for token in ids if token != self._end])
            if text.startswith(told) and not text.endswith("\ufffd") and text != told:
                yield text[len(told) :]
                told = text
        whole = self._generation(asked, ids, (time.perf_counter() - begun) * 1000)
        if rest := whole.text[len(told) :]:
            yield rest
        return whole

    @torch.inference_mode()
    def score(self, sample: Sample, texts: Sequence[str]) -> list[float]:
        """Return the log-likelihood of each text as the next assistant turn, its end included."""
        question = self._ask(sample)
        scores: list[float] = []
        for start in range(0, len(texts), BATCH):
            ids = [[*encode_words(self.processor.tokenizer, text), self._end] for text in texts[start : start + BATCH]]
            self.processor.check_length(question.look.length + len(question.embeds_LD) + max(map(len, ids)))
            scores += self._score(question, ids)
        return scores

    def _score(self, question: Asked, answers: list[list[int]]) -> list[float]:
        embed = self.model.get_input_embeddings()
        rows = [
            replace(question, embeds_LD=torch.cat([question.embeds_LD, embed(self._tensor(ids))])) for ids in answers
        ]
        logits_BLV, _ = self._read(rows)
        likely = nn.functional.log_softmax(logits_BLV.float(), dim=-1)
        scores = []
        for row, ids in zip(likely, answers, strict=True):
            words = row[len(row) - len(ids) - 1 : -1].gather(1, self._tensor(ids)[:, None])
            scores.append(float(words.sum()))
        return scores

    def _tensor(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor(list(ids), dtype=torch.long, device=self.model.device)

    def _ask(self, sample: Sample) -> Asked:
        begun = time.perf_counter()
        processor = self.processor
        processor.check_count(len(sample.regions))
        frames = processor.frames_for(sample.media, sample.regions)
        regions = processor.regions(sample.media, sample.regions, frames).to(self.model.device)
        regions = self.model.encoders.assign(regions)
        look, fresh = self._look(sample.media, tuple(frames), regions)
        seen = time.perf_counter()
        in_text = self.model.in_text([look.maps], [regions])[0]
        words = self.model.encoders.in_words(regions)
        rendered = processor.render_turns(sample, [len(tokens) for tokens in in_text], words)
        processor.check_length(look.length + len(rendered.ids))
        embeds_LD = self._fill(rendered, in_text)
        timing = {"look": (seen - begun) * 1000 if fresh else 0.0, "read": (time.perf_counter() - seen) * 1000}
        return Asked(look, embeds_LD, timing)

    def _fill(self, rendered: Rendered, in_text: Sequence[Tensor]) -> Tensor:
        ids_1L = self._tensor(rendered.ids)[None]
        embeds_1LD = self.model.get_input_embeddings()(ids_1L)
        return self.model.fill(ids_1L, embeds_1LD, [], [in_text], [rendered.regions])[0]

    def _look(self, media: Media, frames: tuple[int, ...], regions: RegionInputs) -> tuple[Look, bool]:
        """Return the look at some media, taken before if regions do not change it, and whether it is fresh."""
        if self.model.encoders.changes_image:
            return self._take_look(media, frames, regions), True
        key = (media.key, frames)
        fresh = key not in self._looks
        if fresh:
            self._looks[key] = self._take_look(media, frames, regions)
        self._looks.move_to_end(key)
        while len(self._looks) > KEPT:
            self._looks.popitem(last=False)
        return self._looks[key], fresh

    def _take_look(self, media: Media, frames: tuple[int, ...], regions: RegionInputs) -> Look:
        pixels = self.processor.pixels(media, frames).to(self.model.device, self.model.dtype)
        maps = self.model.look([pixels], [regions])[0]
        prefix = self.processor.render_media(maps.visual_THWD.shape[:3].numel())
        ids_1N = self._tensor(prefix.ids)[None]
        embeds_1ND = self.model.get_input_embeddings()(ids_1N)
        embeds_1ND = self.model.fill(ids_1N, embeds_1ND, [maps.visual_THWD.flatten(0, 2)], [[]], [[]])
        cache = DynamicCache()
        self.model.language.base_model(inputs_embeds=embeds_1ND, past_key_values=cache, use_cache=True)
        return Look(maps, cache, len(prefix.ids))

    def _read(self, asked: Sequence[Asked], keep: int = 0) -> tuple[Tensor, tuple[DynamicCache, Tensor, Tensor]]:
        """Read questions after their looks: logits (B, L, vocabulary) of the last `keep` positions (0: of all), and
        what is needed to write on.
        """
        texts = [item.embeds_LD for item in asked]
        looks = [item.look for item in asked]
        longest, deepest = max(len(text) for text in texts), max(look.length for look in looks)
        embeds_BLD = torch.stack([nn.functional.pad(text, (0, 0, longest - len(text), 0)) for text in texts])
        mask = torch.zeros(len(asked), deepest + longest, dtype=torch.long, device=self.model.device)
        for row, (look, text) in enumerate(zip(looks, texts, strict=True)):
            mask[row, deepest - look.length : deepest] = 1
            mask[row, deepest + longest - len(text) :] = 1
        positions = (mask.cumsum(-1) - 1).clamp_min(0)
        cache = _stack([look.cache for look in looks], deepest)
        logits = self.model.language(
            inputs_embeds=embeds_BLD,
            attention_mask=mask,
            position_ids=positions[:, deepest:],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=keep,
        ).logits
        return logits, (cache, mask, positions[:, -1:])

    def _write(self, asked: Sequence[Asked], most: int) -> Iterator[dict[int, int]]:
        """Yield for each step the token of every question that is neither finished nor as long as the model reads."""
        logits, (cache, mask, positions) = self._read(asked, keep=1)
        room = [self.processor.most_tokens - item.look.length - len(item.embeds_LD) for item in asked]
        going = set(range(len(asked)))
        for written in range(most):
            tokens_B = logits[:, -1].argmax(-1)
            yield {row: int(tokens_B[row]) for row in sorted(going)}
            going -= {row for row in going if int(tokens_B[row]) == self._end or written >= room[row]}
            if not going:
                return
            mask = nn.functional.pad(mask, (0, 1), value=1)
            positions = positions + 1
            logits = self.model.language(
                input_ids=tokens_B[:, None],
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
            ).logits

    def _generation(self, asked: Asked, ids: list[int], spent: float) -> Generation:
        finished = bool(ids) and ids[-1] == self._end
        text = decode_words(self.processor.tokenizer, ids[:-1] if finished else ids)
        usage = {"prompt_tokens": asked.look.length + len(asked.embeds_LD), "completion_tokens": len(ids)}
        timing = {name: round(value, 2) for name, value in {**asked.timing_ms, "write": spent}.items()}
        return Generation(text, finished, usage, timing)


def dtype_named(name: str | torch.dtype) -> torch.dtype:
    """Return a numeric type by its name. Raises `ConfigError` for another than those that models run in."""
    if isinstance(name, torch.dtype):
        return name
    if name not in DTYPES:
        raise ConfigError(f"dtype is {name!r}; one of {', '.join(DTYPES)} is needed")
    return DTYPES[name]


def device_named(name: str) -> str:
    """Return a device by its name, the best one for `auto`. Raises `ConfigError` for one that is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(kind for kind, found in there.items() if found)
    kind, _, number = name.partition(":")
    if not there.get(kind) or (number and not (number.isdigit() and int(number) < torch.cuda.device_count())):
        found = ", ".join(kind for kind, found in there.items() if found)
        raise ConfigError(f"device is {name!r}; on this machine there is {found}, and auto takes the first of these")
    return name


def _configuration(home: Path) -> dict[str, Any]:
    """Return a folder's config.json. Raises `CheckpointError` where there is none, or something else in it."""
    if not (home / "config.json").exists():
        raise CheckpointError(f"{home} is not a model folder: config.json missing")
    settings = read_json(home / "config.json")
    if not isinstance(settings, dict):
        raise CheckpointError(f"{home / 'config.json'} holds no settings, but {type(settings).__name__}")
    return settings


def _own(home: Path, dtype: torch.dtype) -> tuple[RegardModel, RegardProcessor]:
    """Load a folder that `save_pretrained` wrote."""
    published.check_whole(home)
    if not (home / "tokenizer.json").exists():
        raise CheckpointError(f"{home} is not a model folder: tokenizer.json missing")
    with _quietly():
        model, report = RegardModel.from_pretrained(
            home,
            dtype=dtype,
            output_loading_info=True,
            use_safetensors=True,
            local_files_only=True,
            ignore_mismatched_sizes=True,  # told below, with what is missing
        )
    wrong = {kind.removesuffix("_keys"): sorted(map(str, names)) for kind, names in report.items() if names}
    if wrong:
        raise CheckpointError(f"the weights in {home} do not fit its config.json: {wrong}")
    return model, RegardProcessor.from_pretrained(home)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep transformers from drawing a bar and tables while it loads; answers on a terminal should stand alone."""
    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def _called(home: Path) -> str:
    """Return the name of a folder; with its parent's where it is only called "model", as recipes call it."""
    home = home.resolve()
    return f"{home.parent.name}/{home.name}" if home.name == "model" else home.name


def _stack(caches: Sequence[DynamicCache], length: int) -> DynamicCache:
    """Return one cache with a row for each given one, shorter ones filled from the left (and masked by the caller)."""
    stacked = DynamicCache()
    for layer in range(len(caches[0].layers)):
        keys = [_left_pad(cache.layers[layer].keys, length) for cache in caches]
        values = [_left_pad(cache.layers[layer].values, length) for cache in caches]
        stacked.update(torch.cat(keys), torch.cat(values), layer)
    return stacked


def _left_pad(states_1HND: Tensor, length: int) -> Tensor:
    return nn.functional.pad(states_1HND, (0, 0, length - states_1HND.shape[2], 0))
