"""Refinement of a map to four times its height and width by two deconvolutions (RegionGPT, section 3.1)."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of (N, C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the map with every cell normalised over its channels."""
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class TwoDeconvolutions(nn.Sequential):
    """Two deconvolutions of stride 2, from (N, C, H, W) to (N, C, 4H, 4W).

    The paper fixes the two strides only. Normalisation, activations and the parameter names `0`, `1`, `3` are those of
    the extractor released with SpatialRGPT.
    """

    def __init__(self, width: int) -> None:
        super().__init__(
            nn.ConvTranspose2d(width, width, kernel_size=2, stride=2),
            ChannelNorm(width, eps=1e-6),
            nn.GELU(),
            nn.ConvTranspose2d(width, width, kernel_size=2, stride=2),
            nn.GELU(),
        )


def refine(module: nn.Module, features_THWC: Tensor) -> tuple[Tensor, Tensor]:
    """Return the map pooled back to its own size for the image, and the fine map (T, 4H, 4W, C) for the regions."""
    fine_TCHW = module(features_THWC.permute(0, 3, 1, 2))
    height, width = features_THWC.shape[1:3]
    coarse_TCHW = nn.functional.adaptive_avg_pool2d(fine_TCHW, (height, width))
    return coarse_TCHW.permute(0, 2, 3, 1), fine_TCHW.permute(0, 2, 3, 1)
