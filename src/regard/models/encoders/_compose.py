"""Several region encoders as one: hooks run in order, their tokens in the text stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from regard.models.encoders._base import OUTLINE, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._crop import Crop
from regard.models.fourier import Fourier
from regard.models.norm import UnitNorm


class Place(nn.Module):
    """Where a region is, how large, and its outline, as one vector (M, D) for each frame on which it is given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.extent = Fourier(inputs=6, octaves=6, width=width)
        self.outline = nn.Sequential(nn.Linear(OUTLINE * OUTLINE, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, regions: RegionInputs) -> Tensor:
        """Return (M, D)."""
        return self.of(regions.place_M6, regions.outline_MKK)

    def of(self, place_M6: Tensor, outline_MKK: Tensor | None) -> Tensor:
        """Return (M, D) of places and outlines as `RegionInputs` has them."""
        places_MD = self.extent(place_M6)
        if outline_MKK is None:
            return places_MD
        outline_MK = outline_MKK.flatten(1).to(places_MD.dtype) * 2 - 1
        return places_MD + self.outline(outline_MK.to(self.outline[0].weight.dtype))


class RegionEncoders(nn.Module):
    """The region encoders of one model, in the order of its configuration.

    `place`: add to each region token an embedding of where the region is, how large, and its outline: a token that
    stands for one frame gets that frame's place, any other the mean over the region's frames. `normalise`: bring
    region tokens to unit scale.
    """

    def __init__(self, encoders: Sequence[RegionEncoder], width: int, place: bool, normalise: bool) -> None:
        super().__init__()
        self.members = nn.ModuleList(encoders)
        self.norm = UnitNorm(width) if normalise else nn.Identity()
        self.place = Place(width) if place else None

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

    @property
    def crops(self) -> list[Crop]:
        """What the encoders want to see of each region on its own, each wish once."""
        return list(dict.fromkeys(encoder.crop for encoder in self.members if encoder.crop is not None))

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
        maps, regions = maps.in_picture(regions.tiling), regions.in_picture
        parts = [encoder.in_text(maps, regions) for encoder in self.members]
        rows = [regions.frames_of(region) for region in range(regions.count)]
        tokens = [self._filled([part[region] for part in parts], len(rows[region])) for region in range(regions.count)]
        if not tokens:
            return tokens
        together = self.norm(torch.cat([torch.cat(region) for region in tokens]))
        if self.place is not None:
            together = together + self._places(regions, rows, tokens).to(together.dtype)
        return list(together.split([sum(map(len, region)) for region in tokens]))

    def in_words(self, regions: RegionInputs) -> list[str]:
        """Return the words that stand for each region, before its tokens."""
        told = [encoder.in_words(regions.in_picture) for encoder in self.members]
        return ["".join(words[region] for words in told) for region in range(regions.count)]

    def _filled(self, parts: list[Tensor], frames: int) -> list[Tensor]:
        """Repeat the last token of an encoder that gave fewer than it has slots for, as merging with ties may."""
        wanted = [encoder.tokens_for(frames) for encoder in self.members]
        return [
            torch.cat([part, part[-1:].expand(count - len(part), -1)]) if 0 < len(part) < count else part
            for part, count in zip(parts, wanted, strict=True)
        ]

    def _places(self, regions: RegionInputs, rows: list[Tensor], tokens: list[list[Tensor]]) -> Tensor:
        places_MD = self.place(regions)
        found = []
        for own, parts in zip(rows, tokens, strict=True):
            own_FD = places_MD[own]
            mean_1D = own_FD.sum(0, keepdim=True) / max(len(own_FD), 1)
            found += [own_FD if len(part) == len(own_FD) else mean_1D.expand(len(part), -1) for part in parts]
        return torch.cat(found)

    def tokens_for(self, frames: int) -> int:
        """Return how many slots a region given on `frames` frames takes in the text."""
        return sum(encoder.tokens_for(frames) for encoder in self.members)
