"""A region that is given on one frame of a clip, on the others too: the model finds it by the region's own token."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from regard.models.calls import MediaStates
from regard.models.encoders._base import FeatureMaps, RegionInputs
from regard.models.heads._mask_result import Masks
from regard.models.model import RegardModel
from regard.prompts.sample import FOLLOWED, Sample
from regard.regions.bound import BoundRegion

Known = MutableMapping[tuple[int, str], Masks]


def follower(model: RegardModel) -> str | None:
    """Return the head by which a model follows regions.

    None where it has none, where regions change what is seen of the media or are looked at apart, and where a region's
    tokens do not tell of every frame.
    """
    encoders, frames = model.encoders, model.config.frames
    if encoders.changes_image or model.config.region_frames or encoders.tokens_for(frames) < frames:
        return None
    return next((name for name, head in model.heads.members.items() if head.follows), None)


def followed(
    model: RegardModel,
    head: str,
    sample: Sample,
    inputs: RegionInputs,
    maps: FeatureMaps,
    states: MediaStates,
    known: Known,
) -> tuple[BoundRegion, ...]:
    """Return the regions of a question, those of which one frame of a clip alone is known also on each other frame that
    was looked at and on which the head finds them.

    `inputs`: the regions as they are given; `maps`, `states`: what the model saw; `known`: what was followed there
    before, to which this is added. A track stays as it is, and so does what the question asks to follow.
    """
    if len(states.frames) < 2 or FOLLOWED in sample.facts:
        return sample.regions
    new = [number for number, region in enumerate(sample.regions) if _alone(region) and _key(region) not in known]
    if new:
        tokens = model.in_text([maps], [inputs])[0]
        calls = [states.call(sample, tokens[number][0], tokens[number][:0], inputs) for number in new]
        keys = [_key(sample.regions[number]) for number in new]
        known.update(zip(keys, model.heads.find(head, calls), strict=True))
    return tuple(_through(region, known[_key(region)], head) if _alone(region) else region for region in sample.regions)


def _alone(region: BoundRegion) -> bool:
    return len(region.frames) == 1 and not region.throughout


def _key(region: BoundRegion) -> tuple[int, str]:
    [(frame, mask)] = region.rles.items()
    return frame, mask["counts"]


def _through(region: BoundRegion, found: Masks, head: str) -> BoundRegion:
    """Return a region with what was found of it; its own frame stays as it was given."""
    rles: Mapping[int, Any] = {mask.frame: dict(mask.rle) for mask in found.masks} | dict(region.rles)
    whole = replace(region, rles=rles, throughout=True)
    note = f"followed from frame {region.frames[0]} by {head}, on {len(whole.frames)} of {len(rles)} frames looked at"
    return replace(whole, notes=(*region.notes, note))
