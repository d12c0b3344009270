"""Samples become what the model takes: pixels, regions, ids with slots.

Several samples that share media and differ in their question can be packed: the media stand once, each question sees
the media and itself. Shapes: T frames, H x W pixels of the tower's input, M (region, frame) rows, L text positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from regard.core import rooms
from regard.core.errors import ConfigError, PromptError, TooManyRegions, VideoError
from regard.media.fit import squash_mask
from regard.media.framing import Framing
from regard.media.sampling import evenly
from regard.models.config import RegardConfig
from regard.models.encoders._base import OUTLINE, RegionInputs, Tiling
from regard.models.encoders._crop import Crop
from regard.models.encoders._pool import spread
from regard.models.model import RegardModel
from regard.prompts.render import IGNORED, Rendered, render
from regard.prompts.sample import Media, Sample
from regard.prompts.templates._base import ChatTemplate
from regard.regions.bound import BoundRegion
from regard.regions.words import centre_and_share


@dataclass(frozen=True, eq=False)
class Packed:
    """One media with the questions asked about it, as tensors; what `collate` puts together to a batch.

    `bound`: the regions of all questions, each once; `frames`: the frames looked at. `segments`: 0 for the media, k for
    the k-th question. `region_slots`: the region meant by each mention, in order. `asked`: k for the words of the k-th
    turn of a question's user. `samples`: the questions that are in it.
    """

    media: Media
    bound: tuple[BoundRegion, ...]
    frames: tuple[int, ...]
    pixels: Tensor
    regions: RegionInputs
    region_slots: tuple[int, ...]
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    segments: tuple[int, ...]
    positions: tuple[int, ...]
    asked: tuple[int, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, eq=False)
class Told:
    """What task heads need to know of a batch. For each row: its samples, and the frames looked at; for each position
    (B, L) the number of its sample, from 1 (0 for the media, -1 for padding), and which turn of its user it is a word
    of (0 for none).
    """

    samples: tuple[tuple[Sample, ...], ...]
    frames: tuple[tuple[int, ...], ...]
    sample_BL: Tensor
    asked_BL: Tensor


class RegardProcessor:
    """Turns samples into batches for one model, and token ids into text."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, config: RegardConfig) -> None:
        self.tokenizer = tokenizer
        self.config = config
        self.template: ChatTemplate = rooms.load("regard.prompts.templates", config.template, ChatTemplate)()
        self.framing = Framing(**config.pixels)
        with torch.device("meta"):
            self.figure = RegardModel(config)
        if self.framing.fit == "flexible" and self.figure.encoders.crops:
            raise ConfigError("crops are squares of one size, pixels={'fit': 'flexible'} makes none; take 'stretch'")

    @classmethod
    def from_pretrained(cls, folder: str | Path, **kwargs: Any) -> RegardProcessor:
        """Load tokenizer and configuration from a local folder."""
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, **kwargs)
        return cls(tokenizer, RegardConfig.from_pretrained(folder, **kwargs))

    def save_pretrained(self, folder: str | Path) -> None:
        """Write tokenizer and configuration to a folder."""
        self.tokenizer.save_pretrained(folder)
        self.config.save_pretrained(folder)

    def __call__(self, samples: Sequence[Sample], *, padding_side: str = "left") -> dict[str, Any]:
        """Return a batch in which every sample stands alone; labels cover what the assistant says."""
        return self.collate([self.pack([sample]) for sample in samples], padding_side=padding_side)

    def frames_for(self, media: Media, regions: Sequence[BoundRegion]) -> list[int]:
        """Choose the frames that the model looks at: evenly spread, and at least one on which each region is given;
        with `config.region_frames` those of the regions follow, each frame once, whichever regions share it.

        Raises `VideoError` when the regions need more frames than the model takes.
        """
        if not media.is_clip:
            return [0]
        frames = self._spread(media)
        if most := self.config.region_frames:
            return [*frames, *sorted({frame for region in regions for frame in evenly(region.frames, most)})]
        needed: list[int] = []
        for region in regions:
            if not set(region.frames) & {*frames, *needed}:
                needed.append(region.frames[0])
        chosen = _swap_in(frames, needed, regions, self.config.frames)
        if len(chosen) > self.config.frames:
            raise VideoError(
                f"the regions need {len(chosen)} different frames, this model looks at {self.config.frames}; "
                "ask about fewer regions at once, or give each as a track"
            )
        return chosen

    def _spread(self, media: Media) -> list[int]:
        """Return the frames of a clip that are taken whatever is asked."""
        return evenly(range(media.frame_count), self.config.frames)

    def pixels(self, media: Media, frames: Sequence[int]) -> Tensor:
        """Return the frames (T, 3, H, W) as the tower reads them, each in the square that `config.pixels` asks for; a
        picture that is cut into tiles becomes its thumbnail and its tiles.
        """
        size = self.config.clip_size if media.is_clip else self.config.image_size
        pictures = media.frames(list(frames))
        grid = self._grid(media)
        if grid != (1, 1):
            return torch.from_numpy(self.framing.tiles(pictures[0], size, *grid))
        return torch.from_numpy(np.stack([self.framing.picture(frame, size) for frame in pictures]))

    def regions(self, media: Media, regions: Sequence[BoundRegion], frames: Sequence[int]) -> RegionInputs:
        """Return regions as tensors, on the chosen frames only; in tiles, on the thumbnail and each tile they touch."""
        size = self.config.clip_size if media.is_clip else self.config.image_size
        apart = len(frames) - len(self._spread(media)) if media.is_clip and self.config.region_frames else 0
        rows = [
            (number, position, *self._row(region.mask(frame), size), media.times[frame] / max(media.times[-1], 1e-6))
            for number, region in enumerate(regions)
            for position, frame in enumerate(frames)
            if frame in region.rles and (not apart or position >= len(frames) - apart)
        ]
        inputs = replace(
            _inputs(rows, len(regions), size),
            apart=apart,
            picture=self.framing.whole(*media.size),
            times=tuple(float(media.times[frame] / max(media.times[-1], 1e-6)) for frame in frames),
        )
        inputs = replace(inputs, crops=self._crops(media, regions, frames, inputs))
        columns, lines = self._grid(media)
        if (columns, lines) == (1, 1):
            return inputs
        tiled = [
            (number, tile, share, *rest)
            for (number, _, thumbnail, *rest), region in zip(rows, regions, strict=True)
            for tile, share in enumerate([thumbnail, *self.framing.mask_tiles(region.mask(0), size, columns, lines)])
            if share.any()
        ]
        return replace(_inputs(tiled, len(regions), size), tiling=Tiling(columns, lines, inputs))

    def _crops(
        self, media: Media, regions: Sequence[BoundRegion], frames: Sequence[int], inputs: RegionInputs
    ) -> dict[Crop, Tensor]:
        """Return the crops (K, 3, H, W) that encoders ask for, cut from the frames at full resolution."""
        wanted = self.figure.encoders.crops if len(inputs.region_M) else []
        pictures = dict(zip(frames, media.frames(list(frames)), strict=True)) if wanted else {}

        def cut(crop: Crop, row: int) -> np.ndarray:
            frame = frames[int(inputs.frame_M[row])]
            x1, y1, x2, y2 = crop.around(regions[int(inputs.region_M[row])].box(frame), media.size)
            return self.framing.picture(pictures[frame][y1:y2, x1:x2], self.config.image_size)

        rows = {crop: spread(inputs, crop.most_frames).tolist() for crop in wanted}
        return {crop: torch.from_numpy(np.stack([cut(crop, row) for row in rows[crop]])) for crop in wanted}

    def _grid(self, media: Media) -> tuple[int, int]:
        """Return the columns and rows of tiles that a picture is cut into; clips are not."""
        if media.is_clip or self.config.tiles == 1:
            return 1, 1
        return self.framing.tile_grid(media.width, media.height, self.config.tiles, self.config.image_size)

    def _row(
        self, mask_HW: np.ndarray, size: int
    ) -> tuple[np.ndarray, tuple[float, ...], tuple[float, ...], np.ndarray]:
        """Return a mask fitted like its picture, its box there, its place in the picture itself, and its outline."""
        height, width = mask_HW.shape
        ys, xs = np.flatnonzero(mask_HW.any(1)), np.flatnonzero(mask_HW.any(0))
        x1, y1, x2, y2 = xs[0], ys[0], xs[-1] + 1, ys[-1] + 1
        x, y, share = centre_and_share(mask_HW)
        place = (x, y, (x2 - x1) / width, (y2 - y1) / height, share**0.5)
        box = self.framing.box((x1, y1, x2, y2), height, width)
        return self.framing.mask(mask_HW, size), box, place, squash_mask(mask_HW[y1:y2, x1:x2], (OUTLINE, OUTLINE))

    def pack(self, samples: Sequence[Sample], *, room: int | None = None) -> Packed:
        """Pack samples that share media (and may share regions).

        `room`: how many tokens the questions may take together; from the first that finds no room on they are left
        out, but one stays. Raises `PromptError` when they do not share media, or one is longer than the model reads:
        nothing is cut off.
        """
        media = samples[0].media
        if any(sample.media is not media for sample in samples):
            raise PromptError("samples packed together must hold the very same media object")
        known = list({id(region): region for sample in samples for region in sample.regions}.values())
        number = {id(region): index for index, region in enumerate(known)}
        frames = self.frames_for(media, known)
        pixels = self.pixels(media, frames)
        inputs = self.regions(media, known, frames)
        rows = torch.bincount(inputs.in_picture.region_M, minlength=len(known)).tolist()
        sizes = [self.figure.encoders.tokens_for(count) for count in rows]
        words = self.figure.encoders.in_words(inputs)
        prefix = self._render(
            self.template.media(),
            sizes,
            visual_tokens=self.figure.visual_tokens(len(pixels) - inputs.apart, pixels.shape[2], pixels.shape[3]),
        )
        asked: list[tuple[Rendered, list[int]]] = []
        for sample in samples:
            self.check_count(len(sample.regions))
            own = [number[id(region)] for region in sample.regions]
            text = self.render_turns(sample, [sizes[index] for index in own], [words[index] for index in own])
            self.check_length(len(prefix.ids) + len(text.ids))
            if asked and room is not None and len(text.ids) > room:
                break
            room = None if room is None else room - len(text.ids)
            asked.append((text, [own[index] for index in text.regions]))
        rows = _join(prefix, asked)
        return Packed(media, tuple(known), tuple(frames), pixels, inputs, *rows, tuple(samples[: len(asked)]))

    @property
    def most_tokens(self) -> int:
        """How many tokens the language model reads, those of media and regions included."""
        return int(self.figure.language.config.max_position_embeddings)

    def check_count(self, count: int) -> None:
        """Raise `TooManyRegions` for more regions than one question may hold."""
        if count > self.config.most_regions:
            raise TooManyRegions(
                f"{count} regions in one question; this model takes {self.config.most_regions}. "
                "Ask in groups, or describe the regions one by one"
            )

    def check_length(self, length: int) -> None:
        """Raise `PromptError` when a question of `length` tokens, media and regions included, is too long to be read
        whole.
        """
        if length > self.most_tokens:
            raise PromptError(
                f"the question takes {length} tokens with its media, this model reads {self.most_tokens}; shorten the"
                " text"
            )

    def render_media(self, visual_tokens: int) -> Rendered:
        """Return the ids that stand before any question about media of so many visual tokens."""
        return self._render(self.template.media(), (), visual_tokens)

    def render_turns(self, sample: Sample, sizes: Sequence[int], words: Sequence[str] = ()) -> Rendered:
        """Return the ids of a sample's turns; `sizes`: how many tokens each of its regions takes; `words`: what stands
        before them, nothing when left out.
        """
        return self._render(self.template.conversation(sample.turns), sizes, words=words)

    def _render(self, pieces: Any, sizes: Sequence[int], visual_tokens: int = 0, words: Sequence[str] = ()) -> Rendered:
        return render(
            pieces,
            self.tokenizer,
            self.template,
            visual_tokens=visual_tokens,
            region_tokens=lambda region: sizes[region],
            region_words=lambda region: words[region] if words else "",
            call_tokens=self.figure.heads.tokens,
        )

    def collate(self, packed: Sequence[Packed], *, padding_side: str = "right") -> dict[str, Any]:
        """Pad packed samples to one length."""
        length = max(len(item.ids) for item in packed)

        def padded(values: Sequence[int], filler: int) -> list[int]:
            fill = [filler] * (length - len(values))
            return [*fill, *values] if padding_side == "left" else [*values, *fill]

        batch: dict[str, Any] = {
            "input_ids": torch.tensor([padded(item.ids, self.config.pad_token_id or 0) for item in packed]),
            "labels": torch.tensor([padded(item.labels, IGNORED) for item in packed]),
            "position_ids": torch.tensor([padded(item.positions, 0) for item in packed]),
            "pixels": [item.pixels for item in packed],
            "regions": [item.regions for item in packed],
            "region_slots": [item.region_slots for item in packed],
        }
        if all(max(item.segments) <= 1 for item in packed):
            batch["attention_mask"] = torch.tensor([padded([1] * len(item.ids), 0) for item in packed])
        else:
            batch["segments"] = torch.tensor([padded(item.segments, -1) for item in packed])
        if self.figure.heads:
            batch["told"] = Told(
                tuple(item.samples for item in packed),
                tuple(item.frames for item in packed),
                torch.tensor([padded(item.segments, -1) for item in packed]),
                torch.tensor([padded(item.asked, 0) for item in packed]),
            )
        return batch


def _swap_in(frames: list[int], needed: list[int], regions: Sequence[BoundRegion], most: int) -> list[int]:
    """Put the needed frames in, each in place of the nearest frame that no region depends on."""
    for new in needed:
        free = [
            frame
            for frame in frames
            if frame not in needed
            and all(set(region.frames) & (set(frames) - {frame}) or frame not in region.rles for region in regions)
        ]
        if len(frames) >= most and free:
            frames.remove(min(free, key=lambda frame: abs(frame - new)))
        frames = sorted({*frames, new})
    return frames


def _inputs(rows: list[tuple[Any, ...]], count: int, size: int) -> RegionInputs:
    masks = np.stack([row[2] for row in rows]) if rows else np.zeros((0, size, size), np.float32)
    outlines = np.stack([row[5] for row in rows]) if rows else np.zeros((0, OUTLINE, OUTLINE), np.float32)
    places = [(*row[4], row[6]) for row in rows]
    return RegionInputs(
        masks_MHW=torch.from_numpy(masks.astype(np.float32)),
        region_M=torch.tensor([row[0] for row in rows], dtype=torch.long),
        frame_M=torch.tensor([row[1] for row in rows], dtype=torch.long),
        boxes_M4=torch.tensor([row[3] for row in rows], dtype=torch.float32).reshape(-1, 4),
        place_M6=torch.tensor(places, dtype=torch.float32).reshape(-1, 6),
        outline_MKK=torch.from_numpy(outlines.astype(np.float32)),
        count=count,
    )


def _join(prefix: Rendered, asked: Sequence[tuple[Rendered, list[int]]]) -> tuple[tuple[int, ...], ...]:
    """Return slots, ids, labels, segments, positions and words of users, of one media with the questions behind it."""
    ids, labels, words = list(prefix.ids), list(prefix.labels), list(prefix.asked)
    segments, positions = [0] * len(ids), list(range(len(ids)))
    slots: list[int] = []
    start = len(ids)
    for number, (text, mentioned) in enumerate(asked, start=1):
        ids += text.ids
        labels += text.labels
        words += text.asked
        segments += [number] * len(text.ids)
        positions += range(start, start + len(text.ids))
        slots += mentioned
    return tuple(slots), tuple(ids), tuple(labels), tuple(segments), tuple(positions), tuple(words)
