"""What a region encoder is: up to four places where a region enters the model.

Shapes: T frames of one sample, H x W cells of a map, C width of the tower, D width of the language model, R regions
of one sample, M (region, frame) pairs of one sample, sorted by region, then frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from regard.models.encoders._crop import Crop

OUTLINE = 16


@dataclass(frozen=True)
class Dims:
    """The widths an encoder is built for.

    `patch`: width of the patch embeddings; `vision`: C, width of the tower's map; `text`: D, width of the language
    model; `stride`: pixels of the tower's input per patch; `picture`: visual tokens of one picture (or crop) that fills
    the tower's input.
    """

    patch: int
    vision: int
    text: int
    stride: int
    picture: int = 0


@dataclass(frozen=True)
class RegionInputs:
    """The regions of one sample as tensors, one row for each frame on which a region is given.

    `masks_MHW`: share of each cell that the region covers, in [0, 1], at any resolution in the frame of the tower's
    input. `region_M`, `frame_M`: number of the region and position of the frame among the sampled frames, both from
    0. `boxes_M4`: tight box (x1, y1, x2, y2) in [0, 1] of the tower's input. `place_M6`: centre x, centre y, width,
    height, square root of the share of the area (each of the picture itself, without padding) and time, in [0, 1].
    `outline_MKK`: the region inside its own box, as the share of each of K x K cells that it covers (K = `OUTLINE`);
    None where it is not known. `count`: R. `assigned`: what encoders decided for this sample (which mark a region
    got), by encoder name. `apart`: how many of the last frames are there for the regions alone, which are then given
    on these only; the language model does not see them. `tiling`: for a picture cut into tiles, how; the rows above are
    then those of the thumbnail and the tiles, which count as frames. `crops`: for each crop that an encoder asks for,
    the pixels (K, 3, H, W) of those rows that `spread` keeps. `picture`: where the picture lies in the tower's input
    (x1, y1, x2, y2), in [0, 1]. `times`: when each frame is seen, in [0, 1]; left out, all at the beginning.
    """

    masks_MHW: Tensor
    region_M: Tensor
    frame_M: Tensor
    boxes_M4: Tensor
    place_M6: Tensor
    count: int
    outline_MKK: Tensor | None = None
    assigned: dict[str, Tensor] = field(default_factory=dict)
    apart: int = 0
    tiling: Tiling | None = None
    crops: dict[Crop, Tensor] = field(default_factory=dict)
    picture: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    times: tuple[float, ...] = ()

    @property
    def in_picture(self) -> RegionInputs:
        """The regions where they are read for the text: in the whole picture, also when it is cut into tiles."""
        return self.tiling.whole if self.tiling else self

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> RegionInputs:
        """Return the same regions on another device; masks in `dtype` when it is given (places and boxes stay
        exact).
        """
        floats = {"masks_MHW": self.masks_MHW.to(device, dtype)}
        whole = {name: getattr(self, name).to(device) for name in ("region_M", "frame_M", "boxes_M4", "place_M6")}
        if self.outline_MKK is not None:
            whole["outline_MKK"] = self.outline_MKK.to(device)
        assigned = {name: value.to(device) for name, value in self.assigned.items()}
        crops = {crop: pixels_K3HW.to(device) for crop, pixels_K3HW in self.crops.items()}
        tiling = self.tiling and replace(self.tiling, whole=self.tiling.whole.to(device, dtype))
        return replace(self, **floats, **whole, assigned=assigned, crops=crops, tiling=tiling)

    def with_assigned(self, name: str, value: Tensor) -> RegionInputs:
        """Return the same regions with what encoder `name` assigned."""
        tiling = self.tiling and replace(self.tiling, whole=self.tiling.whole.with_assigned(name, value))
        return replace(self, assigned={**self.assigned, name: value}, tiling=tiling)

    def frames_of(self, region: int) -> Tensor:
        """Return the positions (into M) of one region's rows, in order of time."""
        return (self.region_M == region).nonzero().flatten()


@dataclass(frozen=True)
class Tiling:
    """A picture seen as a thumbnail and `rows` x `columns` tiles, row by row; `whole`: the regions in the picture
    itself.
    """

    columns: int
    rows: int
    whole: RegionInputs

    def merged(self, maps_THWC: Tensor) -> Tensor:
        """Return the one map (1, rows H, columns W, C) that the tiles' maps are parts of; the thumbnail's is left
        out.
        """
        grid_RCHWC = maps_THWC[1:].unflatten(0, (self.rows, self.columns))
        return grid_RCHWC.transpose(1, 2).flatten(2, 3).flatten(0, 1)[None]


@dataclass(frozen=True)
class FeatureMaps:
    """What tower and connector made of one sample.

    `features_THWC`: the map that regions are read from (refined by `at_features`, so it may be finer than the tower's).
    `visual_THWD`: the visual tokens, still as a map, after `at_tokens`; fewer frames where some are apart for regions.
    `project`: the connector's per-cell projection from C to D, for designs in which image and regions share it.
    `crops`: visual tokens (K, N, D) of the crops that an encoder asks for. `things_THWhw`: logits of the thing under
    each visual token, where the model marks things itself.
    """

    features_THWC: Tensor
    visual_THWD: Tensor
    project: Callable[[Tensor], Tensor]
    crops: dict[Crop, Tensor] = field(default_factory=dict)
    things_THWhw: Tensor | None = None

    def in_picture(self, tiling: Tiling | None) -> FeatureMaps:
        """Return the maps that regions are read from: those of the whole picture where it was cut into tiles."""
        if tiling is None:
            return self
        merged = {name: tiling.merged(getattr(self, name)) for name in ("features_THWC", "visual_THWD")}
        return replace(self, **merged)


class RegionEncoder(nn.Module):
    """A region encoder. Subclasses override the hooks they use; every hook sees one sample.

    A subclass is one file in `regard/models/encoders/`; its keyword arguments after `dims` are its settings. `crop`:
    what it asks to see of each region on its own; the visual tokens of that come with the maps. `needs_map`: whether it
    looks for places among the visual tokens, which not every connector lays out as a map.
    """

    crop: Crop | None = None
    needs_map = False

    def __init__(self, dims: Dims) -> None:
        super().__init__()
        self.dims = dims

    def assign(self, regions: RegionInputs) -> RegionInputs:
        """Decide what must be the same at every hook, such as the mark of each region."""
        return regions

    def at_patches(self, patches_THWC: Tensor, regions: RegionInputs) -> Tensor:
        """Change the patch embeddings, before the tower."""
        return patches_THWC

    def at_features(self, features_THWC: Tensor) -> tuple[Tensor, Tensor]:
        """Change the map after the tower: the map for the image tokens, and the map that regions are read from."""
        return features_THWC, features_THWC

    def at_tokens(self, visual_THWD: Tensor, regions: RegionInputs) -> Tensor:
        """Change the visual tokens, after the connector."""
        return visual_THWD

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return one tensor (n, D) for each region: the vectors that stand where the text says `<regionN>`.

        n is at most `tokens_for` of the number of frames on which the region is given.
        """
        return [maps.visual_THWD.new_zeros(0, self.dims.text) for _ in range(regions.count)]

    def in_words(self, regions: RegionInputs) -> list[str]:
        """Return for each region the words that stand where the text says `<regionN>`, before its vectors."""
        return [""] * regions.count

    def tokens_for(self, frames: int) -> int:
        """Return how many slots a region that is given on `frames` frames takes in the text."""
        return 0


def cover(masks_MHW: Tensor, height: int, width: int) -> Tensor:
    """Resize masks to `height` x `width` cells by area: each cell holds the share of it that the region covers.

    A region smaller than a cell keeps its small share in that cell, so the weights of a non-empty mask are never all
    zero.
    """
    if masks_MHW.shape[-2:] == (height, width):
        return masks_MHW
    return nn.functional.adaptive_avg_pool2d(masks_MHW[:, None], (height, width))[:, 0]
