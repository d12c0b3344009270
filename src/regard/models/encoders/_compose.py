"""Several region encoders as one: hooks run in order, their tokens in the text stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from regard.models.encoders._base import FeatureMaps, RegionEncoder, RegionInputs
from regard.models.fourier import Fourier
from regard.models.norm import UnitNorm


class RegionEncoders(nn.Module):
    """The region encoders of one model, in the order of its configuration.

    `place`: add to each region token an embedding of where the region is and how large: a token that stands for one
    frame gets that frame's place, any other the mean over the region's frames. `normalise`: bring region tokens to
    unit scale.
    """

    def __init__(self, encoders: Sequence[RegionEncoder], width: int, place: bool, normalise: bool) -> None:
        super().__init__()
        self.members = nn.ModuleList(encoders)
        self.norm = UnitNorm(width) if normalise else nn.Identity()
        self.place = Fourier(inputs=6, octaves=6, width=width) if place else None

    @property
    def changes_image(self) -> bool:
        """Do regions change the patches or the visual tokens? If not, one encoding of the media serves every
        question.
        """
        hooks = ("at_patches", "at_tokens")
        return any(
            getattr(type(encoder), hook) is not getattr(RegionEncoder, hook)
            for encoder in self.members
            for hook in hooks
        )

    def assign(self, regions: RegionInputs) -> RegionInputs:
        """Let every encoder decide what its hooks must agree on."""
        for encoder in self.members:
            regions = encoder.assign(regions)
        return regions

    def at_patches(self, patches_THWC: Tensor, regions: RegionInputs) -> Tensor:
        """Change the patch embeddings of one sample."""
        for encoder in self.members:
            patches_THWC = encoder.at_patches(patches_THWC, regions)
        return patches_THWC

    def at_features(self, features_THWC: Tensor) -> tuple[Tensor, Tensor]:
        """Refine the tower's map: for the image, and for the regions."""
        fine_THWC = features_THWC
        for encoder in self.members:
            features_THWC, fine = encoder.at_features(features_THWC)
            fine_THWC = fine if fine is not features_THWC else fine_THWC
        return features_THWC, fine_THWC

    def at_tokens(self, visual_THWD: Tensor, regions: RegionInputs) -> Tensor:
        """Change the visual tokens of one sample."""
        for encoder in self.members:
            visual_THWD = encoder.at_tokens(visual_THWD, regions)
        return visual_THWD

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the tokens (n, D) of each region."""
        parts = [encoder.in_text(maps, regions) for encoder in self.members]
        tokens = [torch.cat([part[region] for part in parts]) for region in range(regions.count)]
        if not tokens:
            return tokens
        sizes = [len(region) for region in tokens]
        together = self.norm(torch.cat(tokens))
        if self.place is not None:
            together = together + self.place(self._places(regions, sizes)).to(together.dtype)
        return list(together.split(sizes))

    def _places(self, regions: RegionInputs, sizes: list[int]) -> Tensor:
        rows = []
        for region, size in enumerate(sizes):
            own_F6 = regions.place_M6[regions.frames_of(region)]
            mean_16 = own_F6.sum(0, keepdim=True) / max(len(own_F6), 1)
            rows.append(own_F6 if size == len(own_F6) else mean_16.expand(size, -1))
        return torch.cat(rows)

    def tokens_for(self, frames: int) -> int:
        """Return how many slots a region given on `frames` frames takes in the text."""
        return sum(encoder.tokens_for(frames) for encoder in self.members)
