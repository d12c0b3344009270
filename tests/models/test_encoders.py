"""Every region encoder: the folder is walked, each file is built small and run through all four hooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from regard.core import rooms
from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._crop import Crop
from regard.models.encoders._pool import spread
from regard.models.encoders._roi_align import roi_align

ROOM = "regard.models.encoders"
FRAMES, CELLS, PIXELS = 3, 4, 32
DIMS = Dims(patch=8, vision=12, text=16, stride=8, picture=CELLS**2)
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "mask_pool": [
        {"refine": True},
        {"projector": "own"},
        {"per_frame": False},
        {"weights": "bilinear"},
        {"most_frames": 2},
    ],
    "object_tokens": [{"most": 2}, {"ties": "as_released"}, {"masks": "as_released"}, {"merge": "between"}],
    "token_mark": [{"frames": "all"}],
    "roi_replay": [{"grid": 2}, {"box": "reference"}, {"most_frames": 1}],
    "local_crop": [{"most_frames": 2}],
    "crop_attention": [{"heads": 2, "most_frames": 1}],
    "text_coordinates": [{"decimals": 2}],
}
CASES = [(name, settings) for name in rooms.names(ROOM) for settings in [{}, *SETTINGS.get(name, [])]]
every_encoder = pytest.mark.parametrize(("name", "settings"), CASES)


class TinyModel(nn.Module):
    """What surrounds an encoder: a tower that mixes cells, and a connector."""

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.tower = nn.Sequential(nn.Linear(DIMS.patch, DIMS.vision), nn.Tanh(), nn.Linear(DIMS.vision, DIMS.vision))
        self.connector = nn.Linear(DIMS.vision, DIMS.text)
        self.encoder = rooms.load(ROOM, name, RegionEncoder)(DIMS, **settings)

    def forward(self, patches: Tensor, regions: RegionInputs) -> tuple[Tensor, list[Tensor]]:
        """Return visual tokens and the tokens of each region."""
        regions = self.encoder.assign(regions)
        features = self.tower(self.encoder.at_patches(patches, regions))
        image, fine = self.encoder.at_features(features)
        visual = self.encoder.at_tokens(self.connector(image), regions)
        maps = FeatureMaps(fine, visual, self.connector, self.crops(patches, regions))
        return visual, self.encoder.in_text(maps, regions)

    def crops(self, patches: Tensor, regions: RegionInputs) -> dict[Crop, Tensor]:
        """Return the visual tokens of the crop that the encoder asks for, enlarged from the patches under the boxes."""
        if self.encoder.crop is None or not len(regions.region_M):
            return {}
        rows = spread(regions, self.encoder.crop.most_frames)
        boxes = regions.boxes_M4[rows] * CELLS
        closer = roi_align(patches, boxes, regions.frame_M[rows], CELLS).to(patches.dtype)
        return {self.encoder.crop: self.connector(self.tower(closer)).flatten(1, 2)}


def patches(seed: int = 1) -> Tensor:
    return torch.randn(FRAMES, CELLS, CELLS, DIMS.patch, generator=torch.Generator().manual_seed(seed))


def regions_of(rows: list[tuple[int, int, tuple[int, int, int, int]]]) -> RegionInputs:
    """Rows of (region, frame, box in pixels)."""
    masks = torch.zeros(len(rows), PIXELS, PIXELS)
    for mask, (_, _, (x1, y1, x2, y2)) in zip(masks, rows, strict=True):
        mask[y1:y2, x1:x2] = 1
    return RegionInputs(
        masks_MHW=masks,
        region_M=torch.tensor([region for region, _, _ in rows], dtype=torch.long),
        frame_M=torch.tensor([frame for _, frame, _ in rows], dtype=torch.long),
        boxes_M4=torch.tensor([box for _, _, box in rows], dtype=torch.float32).reshape(-1, 4) / PIXELS,
        place_M6=torch.rand(len(rows), 6, generator=torch.Generator().manual_seed(0)),
        count=max((region for region, _, _ in rows), default=-1) + 1,
    )


BOXES = [(2, 3, 20, 30), (12, 8, 32, 17), (0, 0, 9, 9)]
SEVERAL = [(0, 0, BOXES[0]), (0, 1, BOXES[1]), (0, 2, BOXES[2]), (1, 1, BOXES[1]), (2, 0, BOXES[2]), (2, 2, BOXES[0])]
NONE = regions_of([])


def reordered(regions: RegionInputs, order: list[int]) -> RegionInputs:
    """The same regions listed in another order (an order may also repeat one)."""
    rows = torch.cat([regions.frames_of(region) for region in order])
    counts = [len(regions.frames_of(region)) for region in order]
    chosen = replace(
        regions, count=len(order), region_M=torch.arange(len(order)).repeat_interleave(torch.tensor(counts))
    )
    fields = {name: getattr(regions, name)[rows] for name in ("masks_MHW", "frame_M", "boxes_M4", "place_M6")}
    return replace(chosen, **fields, assigned={name: value[order] for name, value in regions.assigned.items()})


@every_encoder
def test_gradient_reaches_every_parameter(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings).train()
    for value in model.encoder.parameters():
        if not value.any():  # a gate that is closed at first lets nothing through
            nn.init.normal_(value)
    visual, text = model(patches(), regions_of(SEVERAL))
    (visual.pow(2).sum() + torch.cat(text).pow(2).sum()).backward()
    for parameter, value in model.encoder.named_parameters():
        assert value.grad is not None and value.grad.abs().sum() > 0, parameter


@every_encoder
def test_tokens_are_as_wide_as_the_language_model_and_no_more_than_announced(
    name: str, settings: dict[str, Any]
) -> None:
    model = TinyModel(name, settings)
    regions = regions_of(SEVERAL)
    visual, text = model(patches(), regions)
    assert visual.shape == (FRAMES, CELLS, CELLS, DIMS.text)
    words = model.encoder.in_words(regions)
    assert len(text) == len(words) == regions.count
    for region, tokens in enumerate(text):
        assert tokens.shape[1:] == (DIMS.text,)
        assert len(tokens) <= model.encoder.tokens_for(len(regions.frames_of(region)))
        assert len(tokens) or words[region]


@every_encoder
def test_order_of_regions_changes_no_region(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings).eval()
    regions = model.encoder.assign(regions_of(SEVERAL))
    visual, text = model(patches(), regions)
    order = [2, 0, 1]
    visual_too, text_too = model(patches(), reordered(regions, order))
    torch.testing.assert_close(visual_too, visual)
    words, words_too = (model.encoder.in_words(one) for one in (regions, reordered(regions, order)))
    for place, region in enumerate(order):
        torch.testing.assert_close(text_too[place], text[region])
        assert words_too[place] == words[region]


@every_encoder
def test_identical_regions_with_the_same_assignment_give_identical_tokens(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings).eval()
    regions = reordered(model.encoder.assign(regions_of(SEVERAL)), [0, 2, 0])
    _, text = model(patches(), regions)
    torch.testing.assert_close(text[0], text[2], rtol=0, atol=0)


@every_encoder
def test_without_regions_nothing_is_returned_and_nothing_changes(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings)
    visual, text = model(patches(), NONE)
    assert text == [] and model.encoder.in_words(NONE) == []
    assert torch.equal(model.encoder.at_patches(patches(), NONE), patches())
    assert torch.equal(model.encoder.at_tokens(visual, NONE), visual)


@every_encoder
def test_a_region_of_one_pixel_gives_finite_tokens_that_are_not_zero(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings)
    for x, y in ((0, 0), (13, 22), (31, 31)):
        _, text = model(patches(), regions_of([(0, 1, (x, y, x + 1, y + 1))]))
        assert torch.isfinite(text[0]).all()
        assert (text[0].abs().sum(-1) > 0).all()


@every_encoder
def test_a_region_that_is_on_none_of_the_frames_disturbs_no_other(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings).eval()
    regions = regions_of([(1, 1, BOXES[1])])
    _, both = model(patches(), regions)
    assert len(both) == 2
    assert torch.isfinite(both[1]).all()
    assert len(both[1]) or model.encoder.in_words(regions)[1]


@every_encoder
def test_bf16_is_close_to_float32(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings).eval()
    regions = regions_of(SEVERAL)
    exact_visual, exact = model(patches(), regions)
    visual, text = model.bfloat16()(patches().bfloat16(), replace(regions, masks_MHW=regions.masks_MHW.bfloat16()))
    assert visual.dtype == torch.bfloat16 and all(tokens.dtype == torch.bfloat16 for tokens in text)
    torch.testing.assert_close(visual.float(), exact_visual, rtol=0.05, atol=0.05)
    torch.testing.assert_close(torch.cat(text).float(), torch.cat(exact), rtol=0.05, atol=0.05)


@every_encoder
def test_autocast_trains(name: str, settings: dict[str, Any]) -> None:
    model = TinyModel(name, settings).train()
    with torch.autocast("cpu", torch.bfloat16):
        visual, text = model(patches(), regions_of(SEVERAL))
        loss = visual.float().pow(2).mean() + torch.cat(text).float().pow(2).mean()
    loss.backward()
    gradients = [value.grad for value in model.encoder.parameters()]
    assert all(gradient is not None and torch.isfinite(gradient).all() for gradient in gradients)


@every_encoder
def test_same_seed_same_bytes(name: str, settings: dict[str, Any]) -> None:
    def run() -> Iterator[Tensor]:
        model = TinyModel(name, settings).train()
        torch.manual_seed(7)
        visual, text = model(patches(), regions_of(SEVERAL))
        yield from (visual, *text)

    assert all(torch.equal(one, other) for one, other in zip(run(), run(), strict=True))


@every_encoder
def test_weights_survive_saving(name: str, settings: dict[str, Any]) -> None:
    first, second = TinyModel(name, settings).eval(), TinyModel(name, settings).eval()
    for value in first.parameters():
        nn.init.normal_(value)
    second.load_state_dict(first.state_dict())
    outputs = [model(patches(), regions_of(SEVERAL)) for model in (first, second)]
    torch.testing.assert_close(outputs[0], outputs[1], rtol=0, atol=0)


def test_every_encoder_has_a_first_line_that_says_what_it_is() -> None:
    for name in rooms.names(ROOM):
        assert len(rooms.summary(ROOM, name)) > 20, name


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("mask_pool", {"projector": "shred"}),
        ("mask_pool", {"most_frames": 0}),
        ("object_tokens", {"ties": "exakt"}),
        ("object_tokens", {"most": 1.5}),
        ("token_mark", {"frames": "last"}),
        ("token_mark", {"marks": 0}),
        ("roi_replay", {"box": "broken"}),
        ("roi_replay", {"grid": True}),
        ("text_coordinates", {"decimals": 0}),
    ],
)
def test_wrong_settings_are_refused_with_their_name(name: str, setting: dict[str, Any]) -> None:
    build = partial(rooms.load(ROOM, name, RegionEncoder), DIMS)
    with pytest.raises(ValueError, match=f"{name} {next(iter(setting))} is .* must be"):
        build(**setting)


@pytest.mark.parametrize("setting", [{"enlarge": 0.5}, {"least": 0}, {"most_frames": 0}, {"heads": 3}, {"heads": 0}])
def test_wrong_crops_are_refused_with_their_name(setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(setting))} is .* must be"):
        rooms.load(ROOM, "crop_attention", RegionEncoder)(DIMS, **setting)
