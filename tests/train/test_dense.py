"""What dense training takes for the truth of region tokens and visual tokens."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from regard.data.world.facts import Truth
from regard.media.framing import Framing
from regard.models.encoders._base import RegionInputs
from regard.prompts.render import IGNORED
from regard.train.dense import (
    CELL_WORDS,
    REGION_WORDS,
    cell_shown,
    cell_truth_of,
    classifiers,
    read,
    read_from,
    region_truth_of,
)
from small_scenes import SIZE, disc, scene, thing


def test_a_cell_shows_what_covers_most_of_it_and_small_things_keep_one() -> None:
    large, small, line = (np.zeros((20, 20), np.float32) for _ in range(3))
    large[:, :13] = 1  # two columns of cells, and three fifths of the next
    small[12:14, 17:19] = 1  # 4 of 25 pixels of the cell at row 2, column 3
    large[0, 0], inside = 0, np.zeros((20, 20), np.float32)
    inside[0, 0] = 1  # a pixel in the large thing
    line[18:, :] = 1  # two fifths of the last row
    shown = cell_shown([large, inside, small, line], 4, 4)
    assert shown.tolist() == [[2, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 3], [1, 1, 1, 4]]
    assert cell_shown([], 2, 2).tolist() == [[0, 0], [0, 0]]


def test_tokens_are_told_place_size_grid_and_what_stands_out() -> None:
    made = scene(
        [
            thing(0, "red", "circle", [disc(0.15, 0.15, 14)], cell=(0, 0)),
            thing(1, "blue", "square", [disc(0.85, 0.85, 7)], cell=(1, 2)),
        ],
        grid=(2, 3),
    )
    truth = Truth(made)
    told = region_truth_of(truth, made.things, torch.tensor([1, 0, 1]))
    assert [REGION_WORDS["row"][n] for n in told["row"]] == ["2", "1", "2"]
    assert [REGION_WORDS["column"][n] for n in told["column"]] == ["3", "1", "3"]
    cells = cell_truth_of(truth, [0], Framing(), SIZE, (10, 10))
    at = {name: values.view(10, 10) for name, values in cells.items()}
    assert all(int(values[5, 5]) == 0 for values in at.values()), "nothing is there"

    def said(name: str, row: int, column: int) -> str:
        return CELL_WORDS[name][int(at[name][row, column])]

    assert [said(name, 1, 1) for name in ("position", "row", "largest", "leftmost", "lowest")] == [
        "top left",
        "1",
        "yes",
        "yes",
        "no",
    ]
    assert [said(name, 8, 8) for name in ("colour", "position", "column", "largest", "rightmost")] == [
        "blue",
        "bottom right",
        "3",
        "no",
        "yes",
    ]


@torch.no_grad()
def test_tokens_that_show_nothing_weigh_as_much_as_all_others_and_do_not_count() -> None:
    heads = classifiers(2, {"colour": ("", "red", "blue")})
    heads["colour"].weight.zero_()
    heads["colour"].bias.copy_(torch.tensor([4.0, 0.0, 0.0]))  # says that there is nothing
    tokens_KD, truth = torch.zeros(10, 2), {"colour": torch.tensor([0] * 8 + [1, IGNORED])}
    loss, right = read(heads, tokens_KD, truth, background=0)
    plain, share = read(heads, tokens_KD, truth)
    assert right["colour"] == 0.0 and share["colour"] == pytest.approx(8 / 9)
    [nothing, something] = (
        float(read(heads, tokens_KD[:1], {"colour": torch.tensor([number])})[0]) for number in (0, 1)
    )
    assert float(loss) == pytest.approx((nothing + something) / 2)
    assert float(plain) == pytest.approx((8 * nothing + something) / 9)
    alone, none = read(heads, tokens_KD[:8], {"colour": truth["colour"][:8]}, background=0)
    assert float(alone) == pytest.approx(nothing) and "colour" not in none


def test_what_is_open_to_doubt_is_not_taught() -> None:
    made = scene([thing(0, "red", "circle", [disc(0.34, 0.3, 9)]), thing(1, "", "patch", [disc(0.36, 0.7, 9)])])
    cells = cell_truth_of(Truth(made), [0], Framing(), SIZE, (10, 10))
    at = {name: values.view(10, 10) for name, values in cells.items()}
    assert int(at["position"][3, 3]) == IGNORED, "between left and the centre"
    assert int(at["leftmost"][3, 3]) == IGNORED, "neither is clearly further left"
    assert int(at["row"][3, 3]) == IGNORED, "no grid"
    assert int(at["colour"][7, 3]) == IGNORED


def regions_on(*frames: int) -> RegionInputs:
    """Return regions that are given on so many frames each."""
    rows = torch.arange(len(frames)).repeat_interleave(torch.tensor(frames, dtype=torch.long))
    nothing = torch.zeros(len(rows))
    return RegionInputs(nothing, rows, rows, nothing, nothing, count=len(frames))


def test_a_token_for_each_frame_speaks_for_itself_and_others_speak_together() -> None:
    each, few, many, one = (torch.randn(count, 4) for count in (2, 2, 16, 1))
    tokens, rows = read_from([[each, few], [torch.zeros(0, 4), many, one]], [regions_on(2, 3), regions_on(1, 2, 0)])
    assert torch.equal(tokens, torch.stack([*each, few.mean(0), many.mean(0)]))
    assert rows.tolist() == [0, 1, 2, 6], "rows are counted over all samples, also where a region says nothing"


def test_a_design_without_tokens_is_read_as_saying_nothing() -> None:
    tokens, rows = read_from([[torch.zeros(0, 4)]], [regions_on(1)])
    heads, truth = classifiers(4, {"colour": ("red", "blue")}), {"colour": torch.zeros(1, dtype=torch.long)[rows]}
    loss, right = read(heads, tokens, truth)
    assert (float(loss), right) == (0.0, {})
