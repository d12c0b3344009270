"""The box token: the box of the first frame and nothing else."""

import pytest
import torch

from regard.core.errors import ConfigError
from regard.models.encoders._base import Dims, FeatureMaps, RegionInputs
from regard.models.encoders.box_token import BoxToken

DIMS = Dims(patch=8, vision=12, text=16, stride=8)
BOXES = torch.tensor([[0.1, 0.2, 0.5, 0.6], [0.2, 0.2, 0.6, 0.6], [0.1, 0.2, 0.5, 0.6]])


def encoder():
    torch.manual_seed(2)
    return BoxToken(DIMS, hidden=8).eval()


def regions(masks_MHW, boxes_M4, region_M=(0, 0, 2), count=3):
    return RegionInputs(
        masks_MHW, torch.tensor(region_M), torch.tensor([0, 1, 2]), boxes_M4, torch.rand(3, 6), count=count
    )


def tokens(made, given):
    maps = FeatureMaps(torch.randn(3, 4, 4, 12), torch.randn(1, 1, 5, 16), torch.nn.Identity())
    with torch.no_grad():
        return made.in_text(maps, given)


def test_each_region_is_its_first_box_through_two_layers():
    made = encoder()
    first, absent, third = tokens(made, regions(torch.ones(3, 8, 8), BOXES))
    inner = (made.loc_encoder[0].weight @ BOXES[0] + made.loc_encoder[0].bias).clamp_min(0)
    wanted = made.loc_encoder[2].weight @ inner + made.loc_encoder[2].bias
    torch.testing.assert_close(first, wanted[None])
    torch.testing.assert_close(third, first)
    assert absent.shape == (0, 16)
    assert [made.tokens_for(frames) for frames in (0, 1, 9)] == [0, 1, 1]


def test_outline_and_picture_are_not_seen_the_box_is():
    made = encoder()
    before = tokens(made, regions(torch.ones(3, 8, 8), BOXES))[0]
    assert torch.equal(tokens(made, regions(torch.rand(3, 8, 8), BOXES))[0], before)
    assert not torch.allclose(tokens(made, regions(torch.ones(3, 8, 8), BOXES + 0.1))[0], before)


def test_no_width_is_refused():
    with pytest.raises(ConfigError, match="box_token hidden is 0"):
        BoxToken(DIMS, hidden=0)


def test_the_defaults_are_the_published_sizes():
    with torch.device("meta"):
        made = BoxToken(Dims(1024, 1024, 4096, 16))
    assert {name: tuple(value.shape) for name, value in made.state_dict().items()} == {
        "loc_encoder.0.weight": (2048, 4),
        "loc_encoder.0.bias": (2048,),
        "loc_encoder.2.weight": (4096, 2048),
        "loc_encoder.2.bias": (4096,),
    }
