"""The moment head: what goes in, what is right, what is lost, what comes out, and that it learns."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from regard.core.errors import ConfigError, DataError, InputError, VideoError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.heads import _moment_losses as losses
from regard.models.heads._assignment import assign
from regard.models.heads._base import Call
from regard.models.heads._moment_inputs import MomentInputs, even_stretches, stretches_around, with_place
from regard.models.heads._moment_result import Span, best, per_second
from regard.models.heads._moment_truth import Match, Truth, match_features, match_queries, truth_of
from regard.models.heads.moment import Moment
from regard.prompts.sample import Sample

WIDTH, FEATURES = 12, 12
SMALL = {"width": 32, "heads": 4, "dummy_heads": 4, "hidden": 48, "dummies": 4, "queries": 5, "layers": 2}
SMALL |= {"decoder_layers": 2, "dummy_layers": 1, "dropout": 0.0, "input_dropout": 0.0}
decoders = pytest.mark.parametrize("decoder", ["queries", "dense"])


def head_of(decoder: str = "queries", **settings: Any) -> Moment:
    torch.manual_seed(0)
    return Moment(WIDTH, features=FEATURES, decoder=decoder, **SMALL | settings)


def inputs_of(lengths: list[int], words: list[int], seconds: list[float] | None = None, seed: int = 0) -> MomentInputs:
    random = torch.Generator().manual_seed(seed)
    video = torch.randn(len(lengths), max(lengths), FEATURES + 2, generator=random)
    text = torch.randn(len(words), max(words), WIDTH, generator=random)
    masks = [torch.arange(max(counts)) < torch.tensor(counts)[:, None] for counts in (lengths, words)]
    return MomentInputs.even(video, masks[0], text, masks[1], seconds or [float(length) for length in lengths])


# -- learning --------------------------------------------------------------------------------------------------------


def search(random: torch.Generator, clips: int = 12, length: int = 10) -> tuple[MomentInputs, list[dict[str, Any]]]:
    """Noisy clips, in each of which one stretch holds the vector that the first word is."""
    asked = torch.randn(clips, FEATURES, generator=random)
    video, facts = torch.randn(clips, length, FEATURES, generator=random) * 0.5, []
    for features, word in zip(video, asked, strict=True):
        count = int(torch.randint(3, 7, (1,), generator=random))
        start = int(torch.randint(0, length - count + 1, (1,), generator=random))
        features[start : start + count] += word
        facts.append({"moments": [(float(start), float(start + count))]})
    placed = torch.stack([with_place(features, even_stretches(length, length), length) for features in video])
    text = torch.stack([asked, torch.randn(clips, WIDTH, generator=random)], dim=1)
    ones = torch.ones(clips, length), torch.ones(clips, 2)
    return MomentInputs.even(placed, ones[0], text, ones[1], [float(length)] * clips), facts


def costs(head: Moment, inputs: MomentInputs, facts: list[dict[str, Any]]) -> tuple[float, float]:
    """What everything costs, and what the spans cost of it."""
    terms = {name: term.item() for name, term in head.loss(head(inputs), facts).items()}
    spans = [term for name, term in terms.items() if name.startswith(("span", "overlap", "label"))]
    return sum(terms.values()), sum(spans)


@decoders
def test_a_search_is_learned_a_little_in_thirty_steps(decoder: str) -> None:
    head, random = head_of(decoder), torch.Generator().manual_seed(1)
    others = search(random, clips=32)
    before = costs(head, *others)
    optimizer = torch.optim.AdamW(head.parameters(), 4e-3)
    for _ in range(30):
        inputs, facts = search(random)
        optimizer.zero_grad()
        sum(head.loss(head(inputs), facts).values()).backward()
        optimizer.step()
    after = costs(head, *others)
    assert after[0] < 0.5 * before[0]
    assert after[1] < 0.8 * before[1]


# -- what comes out --------------------------------------------------------------------------------------------------


@decoders
@pytest.mark.parametrize(("lengths", "words"), [([1], [1]), ([1, 5], [0, 3]), ([3], [0])])
def test_one_feature_and_no_words_give_finite_moments(decoder: str, lengths: list[int], words: list[int]) -> None:
    inputs = inputs_of(lengths, [max(count, 1) for count in words])
    inputs = replace(inputs, text_mask_BL=torch.arange(inputs.text_BLE.shape[1]) < torch.tensor(words)[:, None])
    head = head_of(decoder).eval()
    outputs = head(inputs)
    for found, length in zip(head.decode(outputs), lengths, strict=True):
        assert found.spans and len(found.saliency) == length
        assert all(0 <= span.start <= span.end <= length and 0 <= span.score <= 1 for span in found.spans)
    for terms in (
        head.loss(outputs, [{"moments": [(0.0, 0.5)]}] * len(lengths)),
        head.loss(outputs, [{"moments": []}] * len(lengths)),
    ):
        sum(terms.values()).backward(retain_graph=True)
        assert all(torch.isfinite(term) for term in terms.values())
    assert all(torch.isfinite(value.grad).all() for value in head.parameters() if value.grad is not None)


@decoders
def test_moments_lie_in_the_clip_best_first(decoder: str) -> None:
    head = head_of(decoder).eval()
    with torch.no_grad():
        outputs = head(inputs_of([7, 4], [3, 2], [21.5, 0.4]))
    far = replace(
        outputs, spans_BQ2=torch.stack([outputs.spans_BQ2[..., 0] * 3, outputs.spans_BQ2[..., 1] * 3], dim=-1)
    )
    for found, seconds in zip(head.decode(far), [21.5, 0.4], strict=True):
        scores = [span.score for span in found.spans]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= span.start <= span.end <= np.float32(seconds) for span in found.spans)
        assert len(found.saliency) == np.ceil(seconds)


def test_of_spans_that_are_nearly_one_the_best_stays() -> None:
    ends = torch.tensor([[0.0, 10.0], [0.0, 9.0], [5.0, 9.0]])
    scores = torch.tensor([0.3, 0.9, 0.5])
    spans = [Span(0.0, 9.0, pytest.approx(0.9)), Span(5.0, 9.0, 0.5)]
    assert best(scores, ends, distinct=True) == tuple(spans)
    assert [span.score for span in best(scores, ends, distinct=False)] == pytest.approx([0.9, 0.5, 0.3])


def test_saliency_by_the_second() -> None:
    values = torch.tensor([1.0, 3.0, 5.0, 7.0])
    assert per_second(values, even_stretches(4, 4.0), 4.0) == (1.0, 3.0, 5.0, 7.0)
    assert per_second(values, even_stretches(4, 2.0), 2.0) == (2.0, 6.0)
    assert per_second(values, even_stretches(4, 8.0), 8.0) == (1.0, 1.0, 3.0, 3.0, 5.0, 5.0, 7.0, 7.0)
    assert per_second(values, even_stretches(4, 6.0), 6.0) == pytest.approx((1.0, 2.0, 3.0, 5.0, 6.0, 7.0))
    assert per_second(values[:1], even_stretches(1, 1.5), 1.5) == (1.0, 1.0)
    assert per_second(values[:1], even_stretches(1, 1.0), 1.0000001) == (1.0,)


# -- what goes in ----------------------------------------------------------------------------------------------------


def call_of(media: Clip | Image, frames: list[int], facts: dict[str, Any] | None = None) -> Call:
    sample = replace(Sample.build(media, "When does it fall?"), facts=facts or {})
    return Call(sample, frames, torch.full((WIDTH,), 9.0), torch.zeros(2, WIDTH), torch.ones(len(frames), WIDTH))


def clip_of(frames: int, times: list[float] | None = None) -> Clip:
    return Clip.from_frames(np.zeros((frames, 4, 4, 3), np.uint8), **{"times": times} if times else {"fps": 2})


def test_frames_stand_for_the_time_around_them() -> None:
    clip = clip_of(4, [0.0, 1.0, 4.0, 5.0])
    inputs = Moment(WIDTH, **SMALL).prepare([call_of(clip, [0, 1, 3]), call_of(clip, [2])])
    assert inputs.stretches_BV2[0].tolist() == [[0.0, 0.5], [0.5, 3.0], [3.0, 6.0]]
    torch.testing.assert_close(inputs.video_BVC[0, :, -2:], inputs.stretches_BV2[0] / 6)
    assert inputs.stretches_BV2[1, 0].tolist() == [0.0, 6.0]
    assert inputs.video_mask_BV.tolist() == [[True] * 3, [True, False, False]]
    assert inputs.text_BLE[0, :, 0].tolist() == [0.0, 0.0, 9.0]
    assert inputs.clip_B[0] == inputs.clip_B[1]
    assert stretches_around([0.5, 1.5], 2.0).tolist() == even_stretches(2, 2.0).tolist()


def test_features_of_another_encoder_are_read_from_the_facts() -> None:
    features = np.random.default_rng(0).normal(size=(5, FEATURES)).astype(np.float32)
    inputs = head_of().prepare([call_of(clip_of(4), [0, 2], {"features": features})])
    assert inputs.video_BVC[0, :, :-2].numpy() == pytest.approx(features)
    torch.testing.assert_close(inputs.video_BVC[0, :, -2], torch.arange(5) / 5)


@pytest.mark.parametrize(
    "facts", [{}, {"features": np.zeros((3, FEATURES + 1))}, {"features": np.zeros((0, FEATURES))}]
)
def test_missing_or_other_features_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="features of another encoder.*features=None"):
        head_of().prepare([call_of(clip_of(4), [0], facts)])


def test_a_picture_or_no_frame_is_refused() -> None:
    with pytest.raises(VideoError, match="none was looked at"):
        head_of().prepare([call_of(clip_of(4), [])])
    with pytest.raises(VideoError, match="open a video"):
        head_of().prepare([call_of(Image.from_array(np.zeros((4, 4, 3), np.uint8)), [0])])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"decoder": "densest"}, "moment decoder .* must be .*Did you mean 'dense'"),
        ({"padding": "mine"}, "moment padding .* must be"),
        ({"features": 0}, "moment features .* must be"),
        ({"dummies": 0}, "moment dummies .* must be"),
        ({"heads": 5}, "multiple of heads=5"),
        ({"dummy_heads": 3}, "multiple of dummy_heads=3"),
        ({"width": 6, "heads": 2, "dummy_heads": 2}, "multiple of 4"),
        ({"chosen": 11}, "prompts=10"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Moment(WIDTH, **{"features": FEATURES} | SMALL | wrong)


def test_more_words_than_text_positions_are_refused() -> None:
    head = head_of(text_positions=True, longest_text=3)
    head(inputs_of([4], [3]))
    with pytest.raises(ConfigError, match="longest_text=3"):
        head(inputs_of([4], [4]))


# -- what is right ---------------------------------------------------------------------------------------------------


def truth(inputs: MomentInputs, *moments: list[tuple[float, float]]) -> Truth:
    return truth_of(inputs, [{"moments": own} for own in moments])


def test_a_feature_lies_in_the_shortest_moment_around_its_middle() -> None:
    found = truth(inputs_of([5, 3, 3], [1, 1, 1]), [(0.0, 4.0), (1.0, 3.0)], [(1.9, 2.0)], [])
    assert found.owner_BV.tolist() == [[0, 1, 1, 0, -1], [-1, 0, -1, -1, -1], [-1] * 5]
    assert found.relevance_BV.sum(1).tolist() == [4.0, 1.0, 0.0]
    match = match_features(found)
    assert match.call_K.tolist() == [0, 0, 0, 0, 1]
    assert match.candidate_K.tolist() == [0, 1, 2, 3, 1]
    assert match.span_K2[1].tolist() == pytest.approx([0.2, 0.6])


def test_saliency_that_is_known_is_the_relevance() -> None:
    found = truth_of(inputs_of([2, 3], [1, 1]), [{"moments": [], "saliency": [0, 7]}, {"moments": [(0, 3)]}])
    assert found.relevance_BV.tolist() == [[0.0, 7.0, 0.0], [1.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    "facts",
    [
        {"moments": [(3.0, 1.0)]},
        {"moments": [(0.0, float("nan"))]},
        {"moments": [1.0, 3.0]},
        {"moments": [(1.0, 2.0, 3.0)]},
        {"moments": "soon"},
        {"moments": None},
        {"moments": [], "saliency": [1.0]},
        {"moments": [], "saliency": [1.0, 2.0, float("inf"), 0.0]},
    ],
)
def test_truth_that_does_not_fit_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        truth_of(inputs_of([4], [1]), [facts])


def test_each_moment_gets_a_query_of_its_own() -> None:
    wanted = truth(inputs_of([10, 10], [1, 1]), [(0.0, 2.0), (6.0, 9.0)], [])
    spans = torch.tensor([[0.5, 0.1], [0.75, 0.3], [0.7, 0.3], [0.1, 0.25]]).expand(2, -1, -1)
    match = match_queries(torch.zeros(2, 4, 2), spans, wanted, losses.LossWeights().prices)
    assert match.call_K.tolist() == [0, 0]
    assert match.candidate_K.tolist() == [1, 3]
    torch.testing.assert_close(match.span_K2, torch.tensor([[0.6, 0.9], [0.0, 0.2]]))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10_000), st.sampled_from([1.0, 0.0]))
@settings(max_examples=60, deadline=None)
def test_no_other_assignment_is_cheaper(rows: int, columns: int, seed: int, noise: float) -> None:
    random = np.random.default_rng(seed)
    costs = random.integers(-3, 4, (rows, columns)) + noise * random.normal(size=(rows, columns))
    chosen = assign(costs)
    assert len(set(chosen[0])) == len(set(chosen[1])) == min(rows, columns)
    assert list(chosen[0]) == sorted(chosen[0])
    wide = costs if rows <= columns else costs.T
    every = permutations(range(wide.shape[1]), wide.shape[0])
    assert costs[chosen].sum() == pytest.approx(
        min(sum(wide[row, column] for row, column in enumerate(order)) for order in every)
    )


def test_assignments_are_as_cheap_as_those_of_scipy() -> None:
    solve = pytest.importorskip("scipy.optimize").linear_sum_assignment
    random = np.random.default_rng(0)
    for shape in [(10, 5), (5, 10), (40, 40), (3, 75), (0, 4), (4, 0)]:
        costs = random.normal(size=shape)
        assert costs[assign(costs)].sum() == pytest.approx(costs[solve(costs)].sum())


def test_costs_of_a_training_that_diverged_are_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        assign(np.array([[1.0, np.nan]]))


# -- what is lost ----------------------------------------------------------------------------------------------------


def test_spans_that_are_right_lose_nothing() -> None:
    wanted = torch.tensor([[0.2, 0.6], [0.1, 0.2]])
    match = Match(torch.tensor([0, 1]), torch.tensor([1, 0]), wanted)
    spans = torch.tensor([[[0.5, 0.5], [0.4, 0.4]], [[0.15, 0.1], [0.0, 0.0]]])
    apart, overlap = losses.span_terms(spans, match)
    assert float(apart) == pytest.approx(0, abs=1e-6) and float(overlap) == pytest.approx(0, abs=1e-5)
    apart, overlap = losses.span_terms(spans.flip(1), match)
    assert float(apart) > 0.1 and float(overlap) > 0.5


def test_better_order_costs_less() -> None:
    relevance, mask = torch.tensor([[0.0, 1.0, 3.0, 0.0]]), torch.tensor([[True, True, True, False]])
    for term in (losses.ranking_term, lambda *given: losses.margin_term(*given, margin=0.2)):
        costs = [float(term(torch.tensor([scores]), relevance, mask)) for scores in ([0.0, 1, 2, 9], [2.0, 1, 0, -9])]
        assert 0 <= costs[0] < costs[1]
        assert costs[0] == pytest.approx(float(term(torch.tensor([[0.0, 1, 2, -5]]), relevance, mask)))


def test_margin_is_the_mean_over_all_pairs() -> None:
    scores, relevance = torch.tensor([[0.5, 0.6, 0.0]]), torch.tensor([[1.0, 0.0, 0.0]])
    cost = losses.margin_term(scores, relevance, torch.ones(1, 3, dtype=torch.bool), margin=0.2)
    assert float(cost) == pytest.approx((0.3 + 0.0) / 2)


def test_what_is_only_padding_costs_nothing() -> None:
    inputs = inputs_of([4, 4], [3, 2])
    longer = replace(
        inputs,
        video_BVC=torch.nn.functional.pad(inputs.video_BVC, (0, 0, 0, 3), value=5.0),
        video_mask_BV=torch.nn.functional.pad(inputs.video_mask_BV, (0, 3)),
        stretches_BV2=torch.nn.functional.pad(inputs.stretches_BV2, (0, 0, 0, 3)),
        text_BLE=torch.nn.functional.pad(inputs.text_BLE, (0, 0, 0, 2), value=5.0),
        text_mask_BL=torch.nn.functional.pad(inputs.text_mask_BL, (0, 2)),
    )
    facts = [{"moments": [(0.0, 2.0)]}, {"moments": [(1.0, 2.5)]}]
    for decoder in ("queries", "dense"):
        head = head_of(decoder).eval()
        short, long = head.loss(head(inputs), facts), head.loss(head(longer), facts)
        for name, term in short.items():
            torch.testing.assert_close(long[name], term, rtol=1e-4, atol=1e-6, msg=name)


def test_only_another_clip_is_a_negative() -> None:
    inputs, facts = inputs_of([4, 4, 4], [2, 2, 2]), [{"moments": [(0.0, 2.0)]}] * 3
    head = head_of().eval()

    def lost(*clips: int) -> Tensor:
        return head.loss(head(replace(inputs, clip_B=torch.tensor(clips))), facts)["saliency"]

    assert lost(0, 0, 0) < min(lost(0, 0, 1), lost(0, 1, 2))


def test_weights_of_the_loss_are_settings() -> None:
    inputs, facts = inputs_of([4], [2]), [{"moments": [(0.0, 2.0)]}]
    plain, doubled = head_of(), head_of(weights={"span": 20.0, "whole": 0.1})
    plain, doubled = (head.eval().loss(head(inputs), facts) for head in (plain, doubled))
    torch.testing.assert_close(doubled["label"], 2 * plain["label"])
    torch.testing.assert_close(doubled["span_0"], 4 * plain["span_0"])
