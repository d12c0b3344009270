"""RoI-aligned feature replay: the visual tokens under a region's box stand again in the text (GAR, section 3.2).

Shapes: T frames (or tiles), H x W cells, P width of the patch embeddings, K pixels a side of a patch, D width of the
language model, S cells a side of a replay, M (region, frame) rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._pool import row_counts, spread
from regard.models.encoders._roi_align import roi_align
from regard.models.encoders._settings import at_least, one_of


class MaskEmbedding(nn.Conv2d):
    """A convolution without bias that starts at zero, so that a trained model is unchanged at first."""

    def reset_parameters(self) -> None:
        """Set the weights to zero."""
        nn.init.zeros_(self.weight)


class RoiReplay(RegionEncoder):
    """A mask embedding on the patches, and `grid` x `grid` visual tokens of the region's box in the text.

    `box`: `fixed` aligns to the region's box, as the paper describes; `reference` divides the box, already in cells of
    the map, once more by `reference_stride`, as the released code does (every box then lands in the map's first cells).
    `most_frames`: frames replayed a region, evenly spread; 16 as in the paper's evaluation on videos. `marked`: how
    many regions of a sample the mask embedding knows, the others leave no mark (0: all). `last_box`: every region is
    replayed from the box of the last one. The last two are what the released evaluation does, with 5. The mask
    embedding starts at zero and takes three equal channels, so that released weights load by name.
    """

    needs_map = True

    def __init__(
        self,
        dims: Dims,
        grid: int = 16,
        box: str = "fixed",
        most_frames: int = 16,
        reference_stride: int = 28,
        marked: int = 0,
        last_box: bool = False,
    ) -> None:
        super().__init__(dims)
        self.grid = at_least("roi_replay grid", grid)
        self.box = one_of("roi_replay box", box, ("fixed", "reference"))
        self.most_frames = at_least("roi_replay most_frames", most_frames)
        self.reference_stride = at_least("roi_replay reference_stride", reference_stride)
        self.marked, self.last_box = at_least("roi_replay marked", marked, 0), last_box
        self.mask_patch_embedding = MaskEmbedding(3, dims.patch, dims.stride, dims.stride, bias=False)

    def at_patches(self, patches_THWC: Tensor, regions: RegionInputs) -> Tensor:
        """Add the embedding of the union of all regions of the sample to the patches of each frame or tile."""
        known_M = regions.region_M < (self.marked or regions.count)
        if not known_M.any():
            return patches_THWC
        height, width = (cells * self.dims.stride for cells in patches_THWC.shape[1:3])
        mask_T1HW = union(regions.masks_MHW[known_M], regions.frame_M[known_M], len(patches_THWC), height, width)
        # The three channels of the mask are equal, so their three kernels act as the sum of them.
        kernel_P1KK = self.mask_patch_embedding.weight.sum(1, keepdim=True)
        embedding_TPHW = nn.functional.conv2d(mask_T1HW.to(kernel_P1KK.dtype), kernel_P1KK, stride=self.dims.stride)
        return patches_THWC + embedding_TPHW.permute(0, 2, 3, 1).to(patches_THWC.dtype)

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the replayed visual tokens of each region, (frames S S, D), frame by frame and row by row."""
        kept = spread(regions, self.most_frames)
        height, width = maps.visual_THWD.shape[1:3]
        cells_4 = torch.tensor([width, height, width, height], device=maps.visual_THWD.device)
        boxes_M4 = regions.boxes_M4[kept].float() * cells_4
        if self.last_box and len(boxes_M4):
            boxes_M4 = boxes_M4[-1:].expand_as(boxes_M4)
        if self.box == "reference":
            boxes_M4 = boxes_M4 / self.reference_stride
        replay_MSSD = roi_align(maps.visual_THWD, boxes_M4, regions.frame_M[kept], self.grid)
        tokens_ND = replay_MSSD.to(maps.visual_THWD.dtype).flatten(0, 2)
        return list(tokens_ND.split([self.tokens_for(frames) for frames in row_counts(regions)]))

    def tokens_for(self, frames: int) -> int:
        """Return `grid` x `grid` slots a frame, on at most `most_frames` frames."""
        return min(frames, self.most_frames) * self.grid**2


def union(masks_MHW: Tensor, frame_M: Tensor, frames: int, height: int, width: int) -> Tensor:
    """Return (T, 1, height, width): the union of the masks on each frame, at the pixels of the tower's input.

    Masks of that resolution are used as they are; coarser ones keep the share of each of their cells.
    """
    union_THW = masks_MHW.new_zeros(frames, *masks_MHW.shape[1:]).index_add(0, frame_M, masks_MHW).clamp_max(1)
    if union_THW.shape[1:] == (height, width):
        return union_THW[:, None]
    return nn.functional.interpolate(union_THW[:, None].float(), (height, width), mode="area")
