"""Answers by a model on this machine. Media are encoded once and serve every question that is asked about them.

Shapes: B questions, L text positions, N visual tokens, D width of the language model.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.modeling_outputs import CausalLMOutputWithPast

from regard.backends._base import Found, Generation
from regard.core.errors import ConfigError, InputError
from regard.models.caches import stacked
from regard.models.calls import MediaStates
from regard.models.encoders._base import FeatureMaps, RegionInputs
from regard.models.following import Known, followed, follower
from regard.models.heads._base import Call
from regard.models.heads.guide import RegionMaps
from regard.models.model import RegardModel
from regard.models.opening import device_named, dtype_named, opened
from regard.models.processor import RegardProcessor
from regard.models.proposals import marked
from regard.prompts.render import Rendered, encode_words, read_answer
from regard.prompts.sample import Media, Sample
from regard.regions.bound import BoundRegion

BATCH = 32
KEPT = 4
GUIDE = "guide"


@dataclass(eq=False)
class Look:
    """Media as the model has seen them: maps to read regions from, the language model's cache of the visual tokens and,
    where there are task heads to read them, their states; the regions that were followed there, and what it marks.
    """

    maps: FeatureMaps
    cache: DynamicCache
    length: int
    states: MediaStates | None
    followed: Known = field(default_factory=dict)
    marks: list[Found] | None = None


@dataclass(eq=False)
class Slot:
    """A call of a head in an answer: with which probability it came, and the state (D) at its slot once it is read."""

    head: str
    score: float
    state_D: Tensor | None = None


@dataclass(eq=False)
class Asked:
    """One question, ready to be answered: its sample and look, and what the language model reads (L, D).

    `asked_L`: which of these are words of the last question; `notes`: what was done with its regions; `words_LD`: the
    states of these words, once read; `slots`: the calls in the answer so far.
    """

    sample: Sample
    look: Look
    regions: RegionInputs
    embeds_LD: Tensor
    asked_L: Tensor
    timing_ms: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    words_LD: Tensor | None = None
    slots: list[Slot] = field(default_factory=list)

    def call(self, slot: Slot) -> Call:
        """Return a call as its head takes it."""
        return self.look.states.call(self.sample, slot.state_D, self.words_LD, self.regions)


class LocalBackend:
    """A model, its processor and the looks it has taken lately."""

    def __init__(self, model: RegardModel, processor: RegardProcessor, name: str, follow: bool = True) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        self.most_regions = model.config.most_regions
        self.most_frames = model.config.frames
        self.heads = {name: model.heads.of(name).finds or "" for name in model.heads.tokens}
        self._looks: OrderedDict[Any, Look] = OrderedDict()
        self._follower = follower(model) if follow else None
        self.follows = self._follower is not None
        self.looks_again = model.things is not None
        self._end = model.config.eos_token_id
        self._head_of = {trigger: head for head, (trigger, _) in model.heads.tokens.items()}

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        *,
        device: str = "cpu",
        dtype: str | torch.dtype = "float32",
        verify: bool = False,
        follow: bool = True,
        **settings: Any,
    ) -> LocalBackend:
        """Load the model that ships inside (`folder` left out), a folder that `save_pretrained` wrote, or a checkpoint
        as its authors published it.

        `device`: `cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for the best that is there. `dtype`: `float32`, `bfloat16`,
        `float16`, or a torch dtype. `verify`: compare weights in the Hugging Face cache with their hashes. `follow`: a
        region that is given on one frame of a clip is followed by the model itself before anything is asked about it,
        where one of its heads can. `settings`: for published checkpoints, as `regard.models.published.load` takes
        them. Only safetensors are read. Raises `CheckpointError` that names what is missing, `ConfigError` for a device
        or dtype that is not there.
        """
        model, processor, name = opened(folder, device_named(device), dtype_named(dtype), verify, settings)
        return cls(model, processor, name, follow)

    @torch.inference_mode()
    def generate(
        self, samples: Sequence[Sample], *, max_new_tokens: int = 128, begin: str | None = None
    ) -> list[Generation]:
        """Write the next assistant turn of each sample, greedily; `begin`: a head whose call each begins with."""
        if begin is not None:
            self.model.heads.of(begin)
        results: list[Generation] = []
        for start in range(0, len(samples), BATCH):
            asked = [self._ask(sample) for sample in samples[start : start + BATCH]]
            begun = time.perf_counter()
            written = [[] for _ in asked]
            for step in self._write(asked, max_new_tokens, begin):
                for row, token in step.items():
                    written[row].append(token)
            found = self._find(asked)
            spent = (time.perf_counter() - begun) * 1000 / len(asked)
            results += [self._generation(*one, spent) for one in zip(asked, written, found, strict=True)]
        return results

    @torch.inference_mode()
    def stream(self, sample: Sample, *, max_new_tokens: int = 128) -> Generator[str, None, Generation]:
        """Yield pieces of the next assistant turn; joined they equal what `generate` writes, which is returned last."""
        asked, begun = self._ask(sample), time.perf_counter()
        ids: list[int] = []
        told = ""
        for step in self._write([asked], max_new_tokens):
            ids += step.values()
            text, _ = self._text([token for token in ids if token != self._end])
            if text.startswith(told) and not text.endswith("\ufffd") and text != told:
                yield text[len(told) :]
                told = text
        found = self._find([asked])[0]
        whole = self._generation(asked, ids, found, (time.perf_counter() - begun) * 1000)
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

    @torch.inference_mode()
    def maps(self, media: Media, regions: Sequence[BoundRegion]) -> RegionMaps:
        """Return how likely each place of the frames that are looked at belongs to each region, by the head `guide`.

        Raises `ConfigError` for a model without it.
        """
        if GUIDE not in self.model.heads:
            raise ConfigError(
                f"heat maps are read by the head {GUIDE}, which {self.name} does not have; "
                "`regard train omni_rgpt_7b_finetune_tiny` trains a small model that has it"
            )
        self.processor.check_count(len(regions))
        inputs, look, _ = self._see(media, regions)
        nothing_0D = torch.zeros(0, self.model.heads.of(GUIDE).text_width, device=self.model.device)
        call = look.states.call(Sample(media, tuple(regions), ()), None, nothing_0D, inputs)
        return self.model.heads.find(GUIDE, [call])[0].within(self.processor.framing.whole(*media.size))

    @torch.inference_mode()
    def things(self, picture: Media) -> list[Found]:
        """Return what the model marks on a picture itself, the surest first; nothing where it does not mark things."""
        look = self._see(picture, ())[1]
        if look.marks is None:
            look.marks = marked(self.model, look.maps, picture)
        return look.marks

    def _score(self, question: Asked, answers: list[list[int]]) -> list[float]:
        embed = self.model.get_input_embeddings()
        rows = [
            replace(question, embeds_LD=torch.cat([question.embeds_LD, embed(self._tensor(ids))])) for ids in answers
        ]
        said, *_ = self._read(rows)
        likely = nn.functional.log_softmax(said.logits.float(), dim=-1)
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
        given, look, fresh = self._see(sample.media, sample.regions)
        seen = time.perf_counter()
        regions, notes = self._followed(sample, given, look)
        in_text, rendered = self._told(sample, regions, look)
        if notes and look.length + len(rendered.ids) > processor.most_tokens:
            regions, notes = given, ()
            in_text, rendered = self._told(sample, regions, look)
        processor.check_length(look.length + len(rendered.ids))
        embeds_LD = self._fill(rendered, in_text)
        asked_L = self._tensor(rendered.asked)
        timing = {"look": (seen - begun) * 1000 if fresh else 0.0, "read": (time.perf_counter() - seen) * 1000}
        return Asked(sample, look, regions, embeds_LD, (asked_L > 0) & (asked_L == asked_L.max()), timing, notes)

    def _followed(self, sample: Sample, given: RegionInputs, look: Look) -> tuple[RegionInputs, tuple[str, ...]]:
        """Return regions as the model takes them, followed where that can be done, and what is to be said of it."""
        if self._follower is None:
            return given, ()
        regions = followed(self.model, self._follower, sample, given, look.maps, look.states, look.followed)
        pairs = zip(regions, sample.regions, strict=True)
        notes = dict.fromkeys(region.notes[-1] for region, own in pairs if region is not own)
        return (self._inputs(sample.media, regions, look.states.frames), tuple(notes)) if notes else (given, ())

    def _told(self, sample: Sample, regions: RegionInputs, look: Look) -> tuple[list[Tensor], Rendered]:
        """Return the tokens of each region, and the question with slots for them."""
        in_text = self.model.in_text([look.maps], [regions])[0]
        words = self.model.encoders.in_words(regions)
        return in_text, self.processor.render_turns(sample, [len(tokens) for tokens in in_text], words)

    def _see(self, media: Media, regions: Sequence[BoundRegion]) -> tuple[RegionInputs, Look, bool]:
        """Return regions as the model takes them, a look at their media, and whether it is fresh."""
        frames = self.processor.frames_for(media, regions)
        inputs = self._inputs(media, regions, frames)
        return inputs, *self._look(media, tuple(frames), inputs)

    def _inputs(self, media: Media, regions: Sequence[BoundRegion], frames: Sequence[int]) -> RegionInputs:
        inputs = self.processor.regions(media, regions, frames).to(self.model.device)
        return self.model.encoders.assign(inputs)

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
        read = self.model.language.base_model(inputs_embeds=embeds_1ND, past_key_values=cache, use_cache=True)
        states = None
        if self.model.heads:
            states_ND = read.last_hidden_state[0][ids_1N[0] == self.model.config.visual_token_id]
            features_THWC = maps.in_picture(regions.tiling).features_THWC
            seen = (pixels.shape[-1], regions.apart, features_THWC)
            states = MediaStates.of(self.model, states_ND, frames, *seen)
        return Look(maps, cache, len(prefix.ids), states)

    def _read(
        self, asked: Sequence[Asked], keep: int = 0
    ) -> tuple[CausalLMOutputWithPast, DynamicCache, Tensor, Tensor]:
        """Read questions after their looks: logits (B, L, vocabulary) of the last `keep` positions (0: of all), states
        where there are task heads, and what is needed to write on: cache, mask and positions.
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
        cache = stacked([look.cache for look in looks], deepest)
        said = self.model.language(
            inputs_embeds=embeds_BLD,
            attention_mask=mask,
            position_ids=positions[:, deepest:],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=keep,
            output_hidden_states=bool(self.heads),
        )
        return said, cache, mask, positions[:, -1:]

    def _write(self, asked: Sequence[Asked], most: int, begin: str | None = None) -> Iterator[dict[int, int]]:
        """Yield for each step the token of every question that is neither finished nor as long as the model reads.

        The slot follows a head's trigger, whatever the model would write; states at slots are kept with the question.
        """
        said, cache, mask, positions = self._read(asked, keep=1)
        if self.heads:
            for item, states_LD in zip(asked, said.hidden_states[-1], strict=True):
                item.words_LD = states_LD[len(states_LD) - len(item.asked_L) :][item.asked_L]
        room = [self.processor.most_tokens - item.look.length - len(item.embeds_LD) for item in asked]
        going, tokens = set(range(len(asked))), [self._end] * len(asked)
        for written in range(most):
            forced = begin if written == 0 else None
            likeliest = said.logits[:, -1].argmax(-1).tolist()
            for row in going:
                tokens[row] = self._next(asked[row], said.logits[row, -1], likeliest[row], tokens[row], forced)
            yield {row: tokens[row] for row in sorted(going)}
            going -= {row for row in going if tokens[row] == self._end or written >= room[row]}
            if not going:
                return
            mask = nn.functional.pad(mask, (0, 1), value=1)
            positions = positions + 1
            said = self.model.language(
                inputs_embeds=self.model.embed(self._tensor(tokens)[:, None]),
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                output_hidden_states=bool(self.heads),
            )
            for row in going:
                if asked[row].slots and tokens[row] == self.model.heads.tokens[asked[row].slots[-1].head][1]:
                    asked[row].slots[-1].state_D = said.hidden_states[-1][row, -1]

    def _next(self, item: Asked, logits_V: Tensor, likeliest: int, before: int, begin: str | None) -> int:
        """Return the next token after another: the slot after a trigger, else the likeliest; note a call."""
        if before in self._head_of:
            return self.model.heads.tokens[self._head_of[before]][1]
        token = self.model.heads.tokens[begin][0] if begin else likeliest
        if token in self._head_of:
            item.slots.append(Slot(self._head_of[token], float(logits_V.float().softmax(-1)[token])))
        return token

    def _find(self, asked: Sequence[Asked]) -> list[list[Any]]:
        """Return what heads found in each answer, in the order of its calls, as plain data: one reading a head."""
        found: dict[int, Any] = {}
        for head in self.heads:
            slots = [
                (item, slot) for item in asked for slot in item.slots if slot.head == head and slot.state_D is not None
            ]
            results = self._results(head, [item.call(slot) for item, slot in slots]) if slots else []
            found |= {id(slot): result for (_, slot), result in zip(slots, results, strict=True)}
        return [[found[id(slot)] for slot in item.slots if id(slot) in found] for item in asked]

    def _results(self, head: str, calls: Sequence[Call]) -> list[dict[str, Any] | InputError]:
        """Return what a head found, one result a call, or why it cannot answer: a model may call it about anything."""
        try:
            return [asdict(result) for result in self.model.heads.find(head, calls)]
        except InputError as error:
            return [error] if len(calls) == 1 else [one for call in calls for one in self._results(head, [call])]

    def _text(self, ids: Sequence[int]) -> tuple[str, list[tuple[str, int]]]:
        return read_answer(self.processor.tokenizer, ids, self.model.heads.tokens)

    def _generation(self, asked: Asked, ids: list[int], results: Sequence[Any], spent: float) -> Generation:
        finished = bool(ids) and ids[-1] == self._end
        if asked.slots and asked.slots[-1].state_D is None:  # cut off inside a call
            ids = ids[: len(ids) - (ids[-1] not in self._head_of)]
        text, calls = self._text(ids[:-1] if finished else ids)
        read = list(zip(calls, asked.slots, results, strict=False))
        found = tuple(
            Found(head, at, round(slot.score, 4), result)
            for (head, at), slot, result in read
            if not isinstance(result, InputError)
        )
        refused = {head: str(result) for (head, _), _, result in read if isinstance(result, InputError)}
        usage = {"prompt_tokens": asked.look.length + len(asked.embeds_LD), "completion_tokens": len(ids)}
        timing = {name: round(value, 2) for name, value in {**asked.timing_ms, "write": spent}.items()}
        return Generation(text, finished, usage, timing, found, refused, asked.notes)
