"""Questions of the world: true answers, wordings kept apart, regions that match their placeholders."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from regard.core.errors import NotFound
from regard.data.world import ask_choices, ask_clips, expressions, nouns, phrases
from regard.data.world.ask_clips import DIRECTIONS
from regard.data.world.draw import draw_scene
from regard.data.world.facts import Truth, side
from regard.data.world.paint import MATERIALS, PATTERNS
from regard.data.world.questions import CHANCE, CLIP_SKILLS, SKILLS, accepted, conversation, questions
from regard.data.world.reading import is_right, judge, normalise, stated
from regard.data.world.scene import Event, Motion, Scene
from regard.data.world.shapes import SHAPES
from regard.data.world.wording import FRAMES, LISTS, NAMES, WORDINGS, Writer
from regard.prompts import tasks
from small_scenes import disc, scene, thing


def picture() -> Scene:
    """A red circle with a shadow, a blue square with a reflection, a red star, and a green heart in a yellow ring."""
    return scene(
        [
            thing(0, "red", "circle", [disc(0.18, 0.18, 14)], pattern="striped"),
            thing(1, "blue", "square", [disc(0.82, 0.18, 8)], material="shiny"),
            thing(2, "red", "star", [disc(0.82, 0.82, 8)]),
            thing(3, "black", "circle", [disc(0.18, 0.45, 6)], kind="shadow", of=0, pattern="", material=""),
            thing(4, "yellow", "ring", [disc(0.2, 0.82, 16) & ~disc(0.2, 0.82, 12)]),
            thing(5, "green", "heart", [disc(0.2, 0.82, 6)], inside=4),
            thing(6, "gray", "square", [disc(0.5, 0.5, 4)], kind="reflection", of=1, pattern="", material=""),
        ]
    )


def gridded() -> Scene:
    cells = [(row, column) for row in range(2) for column in range(3)]
    things = [
        thing(i, colour, shape, [disc((column + 0.5) / 3, (row + 0.5) / 2, 9)], cell=(row, column))
        for i, ((row, column), colour, shape) in enumerate(
            zip(
                cells[:5],
                ("red", "blue", "red", "green", "white"),
                ("star", "star", "ring", "cross", "heart"),
                strict=True,
            )
        )
    ]
    return scene(things, grid=(2, 3))


def clip() -> Scene:
    """0 goes right and turns down, 1 goes left late and stops, 2 is still, 3 appears late, 4 goes up and leaves."""
    right = [(0.1 + 0.1 * min(t, 4), 0.3 + 0.1 * max(0, t - 4)) for t in range(8)]
    left = [(0.9 - 0.08 * min(max(0, t - 3), 2), 0.8) for t in range(8)]
    up = [disc(0.85, 0.23 - 0.1 * t, 5) for t in range(3)] + [None] * 5
    return scene(
        [
            thing(
                0,
                "red",
                "circle",
                [disc(*at, 9) for at in right],
                motion=Motion("right", "fast", "turns", 0.0, 1.75, "down"),
            ),
            thing(
                1,
                "blue",
                "square",
                [disc(*at, 7) for at in left],
                motion=Motion("left", "slow", "stops", 0.75, 1.25, ""),
            ),
            thing(2, "green", "star", [disc(0.18, 0.85, 8)] * 8),
            thing(3, "white", "heart", [None] * 4 + [disc(0.5, 0.85, 5)] * 4),
            thing(4, "pink", "ring", up, motion=Motion("up", "fast", "straight", 0.0, 0.75, "")),
        ],
        8,
        (
            Event("turns", 0, None, 1.0, 1.0),
            Event("stops", 1, None, 1.25, 1.25),
            Event("appears", 3, None, 1.0, 1.0),
            Event("leaves", 4, None, 0.75, 0.75),
            Event("collides", 0, 1, 1.5, 1.5),
            Event("hides", 2, 1, 1.5, 1.75),
        ),
    )


def many(of: Scene, skill: str | None = None, count: int = 60, held_out: bool = False, seed: int = 0) -> list:
    skills = None if skill is None else [skill]
    return questions(of, np.random.default_rng(seed), held_out=held_out, per_scene=count, skills=skills)


SCENES = {"picture": picture(), "grid": gridded(), "clip": clip()}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("held_out", [False, True])
def test_every_placeholder_is_there_and_has_its_thing(name: str, held_out: bool) -> None:
    for question in many(SCENES[name], count=400, held_out=held_out):
        numbers = {int(number) for number in re.findall(r"<region(\d+)>", question.text)}
        assert numbers == set(range(1, len(question.things) + 1)), question
        assert len(set(question.things)) == len(question.things)
        assert "{" not in question.text + question.answer
        assert normalise(question.answer) in accepted(question)
        assert is_right(question.answer, question)
        if "choices" in question.facts:
            assert question.answer in [*question.facts["choices"], tasks.UNKNOWN], question
        assert question.region_mode in (("track", "frame") if SCENES[name].is_clip else ("frame",))


def test_every_skill_is_asked_somewhere_and_has_a_chance_level() -> None:
    asked = {question.skill for of in SCENES.values() for question in many(of, count=600)}
    assert asked == set(SKILLS) == set(CHANCE)
    assert not {question.skill for question in many(SCENES["picture"], count=400)} & set(CLIP_SKILLS)


def test_same_seed_same_questions() -> None:
    for of in SCENES.values():
        assert many(of, seed=3) == many(of, seed=3)
        assert many(of, seed=3) != many(of, seed=4)
        assert conversation(of, np.random.default_rng(1)) == conversation(of, np.random.default_rng(1))


def test_unknown_skill_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="colour"):
        many(SCENES["picture"], "color")


def region_of(question) -> int:
    """The thing of a question about one region."""
    return question.things[0]


@pytest.mark.parametrize("name", ["colour", "shape", "pattern", "material", "size"])
def test_attributes_are_those_of_the_thing(name: str) -> None:
    of = SCENES["picture"]
    alone = [question for question in many(of, name, 80) if len(question.things) == 1]
    assert len(alone) > 20
    for question in alone:
        index = region_of(question)
        wanted = Truth(of).size(index) if name == "size" else getattr(of.things[index], name)
        assert question.answer == wanted


def test_positions_and_places() -> None:
    for question in many(SCENES["picture"], "position", 80):
        if len(question.things) == 1:
            wanted = {
                0: "top left",
                1: "top right",
                2: "bottom right",
                3: "left",
                4: "bottom left",
                5: "bottom left",
                6: "centre",
            }
            assert question.answer == wanted[question.things[0]]
    clip_answers = [(q.things, q.text, q.answer) for q in many(SCENES["clip"], "position", 80) if q.things == (0,)]
    assert {answer for _, _, answer in clip_answers} <= {"left", "top left", "bottom", "centre"}


def test_side_needs_a_clear_margin() -> None:
    assert side((0.2, 0.5), (0.6, 0.55)) == "left"
    assert side((0.6, 0.1), (0.55, 0.5)) == "above"
    assert side((0.2, 0.2), (0.5, 0.45)) == ""
    assert side((0.2, 0.2), (0.29, 0.2)) == ""


def test_relations_are_true() -> None:
    of = SCENES["picture"]
    truth = Truth(of)
    seen = Counter()
    for question in many(of, "relation", 300):
        if len(question.things) != 2 or question.facts["form"] != "where":
            continue
        order = [int(number) for number in re.findall(r"<region(\d+)>", question.text)]
        assert {truth.side(*question.things), truth.side(*question.things[::-1])} >= {question.answer}
        seen[tuple(order)] += 1
    assert min(seen.values()) > 10 and len(seen) == 2, "the numbers of the two regions come in both orders"


@pytest.mark.parametrize("held_out", [False, True])
def test_yes_no_is_balanced_and_true(held_out: bool) -> None:
    for skill in ("yes_no", "verify", "containment", "exists"):
        answers = [q.answer for q in many(SCENES["picture"], skill, 300, held_out) if q.answer in ("yes", "no")]
        share = answers.count("yes") / len(answers)
        assert 0.35 < share < 0.65, (skill, share)
    for question in many(SCENES["picture"], "yes_no", 200, held_out):
        words = re.search(r"\b(red|blue|yellow|green)\b", question.text)
        if words and question.answer == "yes" and len(question.things) == 1:
            assert SCENES["picture"].things[question.things[0]].colour == words[1], question


def test_expressions_mean_one_thing_and_none_means_none() -> None:
    for of in SCENES.values():
        truth = Truth(of)
        writer = Writer(truth, np.random.default_rng(5))
        for _ in range(100):
            index = writer.pick(truth.seen)
            found = expressions.find(writer, index)
            assert found is None or expressions.meant(truth, found) == (index,)
            nothing = expressions.find_none(writer)
            assert nothing is None or expressions.meant(truth, nothing) == ()
    for question in many(SCENES["picture"], "choose", 100):
        assert (
            question.facts["expression"].lower() in question.text.lower()
            or "big" in question.text
            or "gre" in question.text
        )
        assert tasks.read_choice(question.answer, len(question.things)) is not None
    for question in many(SCENES["picture"], "none_matches", 100):
        assert tasks.read_choice(question.answer, len(question.things)) is None


def test_the_word_without_shadow_means_the_real_thing() -> None:
    truth = Truth(SCENES["picture"])
    circle = expressions.Expression((expressions.Clue("shape", "circle"),))
    assert expressions.meant(truth, circle) == (0,)
    assert expressions.meant(truth, expressions.Expression((), "shadow", 0)) == (3,)
    assert expressions.meant(truth, expressions.Expression((expressions.Clue("colour", "red"),))) == (0, 2)


def test_unclear_things_make_an_expression_unclear() -> None:
    near = scene([thing(0, "red", "circle", [disc(0.33, 0.5, 9)]), thing(1, "blue", "star", [disc(0.1, 0.5, 9)])])
    assert expressions.meant(Truth(near), expressions.Expression((expressions.Clue("position", "left"),))) is None


def test_entities_and_grids() -> None:
    for question in many(SCENES["picture"], "entity", 100):
        if len(question.things) == 1 and question.answer not in ("yes", "no"):
            kind = SCENES["picture"].things[question.things[0]].kind
            assert question.answer == {"thing": "real thing"}.get(kind, kind)
    for question in many(SCENES["grid"], "grid", 200):
        if question.facts["form"] == "grid_what":
            row, column = (int(number) - 1 for number in re.findall(r"\d+", question.text))
            there = [t for t in SCENES["grid"].things if t.cell == (row, column)]
            assert question.answer == (phrases.a(f"{there[0].colour} {there[0].shape}") if there else "nothing")
        elif len(question.things) == 1:
            row, column = SCENES["grid"].things[question.things[0]].cell
            wanted = {"grid_row": f"{row + 1}", "grid_column": f"{column + 1}"}
            assert question.answer == wanted.get(question.facts["form"], f"row {row + 1}, column {column + 1}")


def test_containment_and_counts() -> None:
    answers = {q.answer for q in many(SCENES["picture"], "containment", 200)}
    assert answers == {"yes", "no", "a yellow ring", "a green heart", "nothing"}
    for question in many(SCENES["picture"], "count", 100):
        if question.facts["expression"] in ("things", "objects"):
            assert question.answer == "5", "shadows and reflections are not counted"
        if question.facts["expression"] == "red things":
            assert question.answer == "2"
    assert {q.answer for q in many(SCENES["picture"], "scene_colour", 20)} == {"green"}


def test_what_is_where() -> None:
    where = {"red circle": "top left", "red star": "bottom right", "blue square": "top right"}
    asked = defaultdict(set)
    for question in many(SCENES["picture"], "scene_place", 300):
        assert not question.things, "no region is given"
        asked[question.facts["form"]].add(question.answer)
        text = question.text.lower()
        assert question.answer != "nothing" or not re.search("cent(re|er)|left", text), "reflection and shadow are seen"
        for name, place in where.items():
            if question.facts["form"] == "where" and f"{name}" in text:
                assert question.answer == place
            if question.answer == f"a {name}":
                assert place in text
    assert asked["what"] == {*(f"a {name}" for name in where), "nothing"}, "of ring and heart neither is the only one"
    assert set(where.values()) < asked["where"]


def test_what_happens_in_a_clip() -> None:
    of = SCENES["clip"]
    truth = Truth(of)
    assert ask_clips.outcomes(truth, 4) == ["it leaves the picture"]
    assert "it turns down" in ask_clips.outcomes(truth, 0)
    by_skill = defaultdict(set)
    for question in many(of, None, 1500):
        if len(question.things) == 1:
            by_skill[question.skill, question.things[0], question.facts.get("form", "")].add(question.answer)
    assert by_skill["motion_direction", 0, ""] == {"right"}
    assert by_skill["motion_direction", 0, "turn"] == {"down"}
    assert by_skill["motion_direction", 2, ""] == {"still"}
    assert by_skill["motion_speed", 1, ""] == {"slow"}
    assert by_skill["path", 1, ""] == {"stops"}
    assert by_skill["appears", 3, ""] == {"it appears later"}
    assert by_skill["appears", 0, ""] == {"from the start"}
    assert by_skill["collides", 0, "what"] == {"a blue square"}
    assert by_skill["hides", 2, "what"] == {"a blue square"}
    assert by_skill["leaves", 4, "yes_no"] == {"yes"}


def test_who_moved_first_and_region_modes() -> None:
    modes = Counter()
    for question in many(SCENES["clip"], "moved_first", 60):
        assert question.things[int(question.answer) - 1] in (0, 4)
        assert 1 in question.things
        modes[question.region_mode] += 1
    assert modes["track"] > modes["frame"] > 0


@pytest.mark.parametrize("name", SCENES)
def test_detailed_descriptions_can_be_taken_apart(name: str) -> None:
    for question in many(SCENES[name], "describe_detailed", 80):
        assert stated(question.answer) == question.facts["attributes"], question.answer
        fared = judge(question.answer, question)
        assert fared.true == fared.stated == fared.known and not fared.missing


def test_wrong_and_missing_statements_are_seen() -> None:
    question = next(
        q for q in many(SCENES["picture"], "describe_detailed", 80) if q.facts["attributes"].get("shape") == "star"
    )
    right = judge(question.answer, question)
    wrong = judge(question.answer.replace("red", "green", 1), question)
    assert (wrong.true, wrong.stated) == (right.true - 1, right.stated)
    assert judge("A red star.", question).true == 2
    assert set(judge("A red star.", question).missing) >= {"size", "pattern", "material", "position"}
    assert judge("blah blah", question).stated == 0


def test_descriptions_read_well() -> None:
    truth = Truth(SCENES["picture"])
    assert phrases.brief(truth, 0) == "a medium red striped circle"
    assert phrases.brief(truth, 3) == "a small shadow of a red circle"
    text = phrases.detailed(phrases.attributes(truth, 1))
    assert text == "A small blue plain shiny square at the top right. It is above a red star." or "right of" in text
    assert "inside a yellow ring" in phrases.detailed(phrases.attributes(truth, 5))
    moving = phrases.detailed(phrases.attributes(Truth(SCENES["clip"]), 0))
    assert "It moves right fast and then turns down." in moving


def test_held_out_wordings_are_never_trained() -> None:
    for kind, wording in {**WORDINGS, "frames": FRAMES, "lists": LISTS, "names": NAMES}.items():
        training = {line.lower().strip() for line in wording.training}
        held_out = {line.lower().strip() for line in wording.held_out}
        assert len(training) == len(wording.training) and len(held_out) == len(wording.held_out), (
            f"{kind}: a line twice"
        )
        assert not training & held_out, kind
        if kind in WORDINGS:
            assert len(training) >= 12 and len(held_out) >= 5, kind


def test_composed_wordings_are_sentences_about_their_region() -> None:
    for kind, wording in WORDINGS.items():
        for line in wording.training[wording.written :]:
            assert "{it}" not in line and "{}" not in line and line[0].isupper() | (line[0] == "{"), (kind, line)
            assert {"{a}", "{a_}", "{regions}", "{options}"} & set(re.findall(r"\{\w+\}", line)), (kind, line)
    colour = WORDINGS["colour"].training
    assert {"Now {a_}: what colour is it?", "I see {a}. What colour is it?", "I wonder what colour {a} is."} <= set(
        colour
    )
    assert 2 * WORDINGS["colour"].written < len(colour)


def test_plain_words_are_few_and_ask_for_one_thing() -> None:
    of, first = SCENES["picture"], WORDINGS["colour"].training[:3]
    rng = np.random.default_rng(0)
    asked = questions(of, rng, plainly=True, per_scene=300)
    told = {re.sub(r"<region\d>", "{a}", q.text) for q in asked if q.skill == "colour"}
    assert told and told <= set(first)
    for question in asked:
        if question.skill in ("choose", "none_matches"):
            assert 1 <= len(question.things) <= 5 and " of the " not in question.facts["expression"].replace(
                " of the picture", ""
            )
        if question.skill == "yes_no":
            assert " and " not in question.text


def test_two_regions_come_against_their_numbers_as_often_as_said_and_plain_clips_follow_every_region() -> None:
    for share in (0.0, 0.2, 0.5):
        swaps, rng = [], np.random.default_rng(0)
        for of in SCENES.values():
            asked = questions(of, rng, plainly=True, swapped=share, per_scene=300, skills=["relation", "colour"])
            pairs = [re.findall(r"<region(\d)>", q.text) for q in asked if q.facts.get("form") == "which"]
            swaps += [pair == ["2", "1"] for pair in pairs]
            assert {q.region_mode for q in asked} == ({"track"} if of.is_clip else {"frame"})
        assert len(swaps) > 50 and share - 0.1 <= np.mean(swaps) <= share + 0.1


def test_what_is_to_be_found_is_absent_as_often_as_said() -> None:
    for share in (0.0, 0.5, 1.0):
        rng = np.random.default_rng(0)
        found = [
            question
            for of in SCENES.values()
            for question in questions(of, rng, absent=share, per_scene=60, skills=["locate", "segment"])
        ]
        absent = [not question.calls for question in found]
        assert len(absent) > 50 and share - 0.15 <= np.mean(absent) <= share + 0.15
        assert all((question.answer == "none") == (not question.calls) for question in found)


def test_a_terse_expression_is_one_clue_that_is_enough_and_what_is_not_there_differs_from_one() -> None:
    for name, things, hard in (("picture", (0, 1, 2), ("shape",)), ("clip", range(5), ("shape", "motion"))):
        truth = Truth(SCENES[name])
        writer = Writer(truth, np.random.default_rng(0), terse=1.0)
        found = [expressions.find(writer, index) for index in things for _ in range(60)]
        assert all(len(one.clues) == 1 and len(expressions.meant(truth, one)) == 1 for one in found if one)
        kinds = Counter(one.clues[0].name for one in found if one)
        assert all(kinds[kind] for kind in hard) and len(kinds) >= 3
        assert sum(kinds[kind] for kind in expressions.COMPARED) > 0.5 * kinds.total()
        none = [one for one in (expressions.find_none(writer) for _ in range(80)) if one]
        assert len(none) > 40 and all(expressions.meant(truth, one) == () for one in none)
        assert np.mean([len(one.clues) == 1 for one in none]) > 0.8


def test_expressions_are_as_they_were_where_none_is_terse_and_in_held_out_questions() -> None:
    skills = ["choose", "none_matches", "unknown_noun", "locate"]

    def texts(**settings) -> list[str]:
        rng = np.random.default_rng(4)
        return [q.text for q in questions(SCENES["picture"], rng, per_scene=60, skills=skills, **settings)]

    assert texts() != texts(terse=1.0)
    assert texts(held_out=True) == texts(held_out=True, terse=1.0)
    digest = hashlib.sha256("\n".join(texts(held_out=True)).encode()).hexdigest()
    assert digest[:16] == "806237918dd81650", (
        "questions of the benchmark have changed; figures from before do not compare"
    )


def test_unasked_regions_come_anywhere_while_the_asked_keep_their_order() -> None:
    writer = Writer(Truth(SCENES["picture"]), np.random.default_rng(0), swapped=0.0)
    asked = [writer.regions_for([2, 0]) for _ in range(200)]
    assert all(things.index(2) < things.index(0) for things in asked)
    assert {things[0] == 2 for things in asked} == {True, False}


def test_held_out_nouns_are_in_no_training_text() -> None:
    words = {
        word for wording in WORDINGS.values() for line in wording.training for word in re.findall(r"\w+", line.lower())
    }
    words |= set(nouns.TRAINING) | set(nouns.ADJECTIVES) | set(SHAPES) | set(PATTERNS) | set(MATERIALS)
    assert len(nouns.HELD_OUT) >= 120 and "zebra" in nouns.HELD_OUT
    assert not words & set(nouns.HELD_OUT) and not words & set(nouns.HELD_OUT_ADJECTIVES)
    held = set(nouns.HELD_OUT) | set(nouns.HELD_OUT_ADJECTIVES)
    for question in many(SCENES["picture"], "unknown_noun", 200):
        assert question.answer == tasks.UNKNOWN
        assert not set(re.findall(r"\w+", question.text.lower())) & held
    assert any(q.facts.get("unknown") in held for q in many(SCENES["picture"], "unknown_noun", 30, held_out=True))


def test_training_asks_for_properties_that_nobody_can_see_and_for_words_that_say_nothing() -> None:
    asked = [q.text.lower() for q in many(SCENES["picture"], "unknown_noun", 600)]
    fixed = " ".join(line for line in WORDINGS["unknown"].training if "{n}" not in line).lower()
    named = {word for text in asked for word in re.findall(r"\bthe (\w+) of", text)}
    named -= set(re.findall(r"\bthe (\w+) of", fixed))
    assert named & set(nouns.PROPERTIES) and named - {*nouns.PROPERTIES, *nouns.TRAINING}
    assert not any("{" in text for text in asked)
    known = {
        "colour",
        "shape",
        "size",
        "pattern",
        "material",
        "position",
        "row",
        "column",
        "speed",
        "direction",
        "path",
    }
    assert not known & {*nouns.PROPERTIES, *nouns.TRAINING}


def test_no_word_makes_a_held_out_line_of_one_for_training() -> None:
    held = {normalise(line.replace("{a_}", "{a}")) for wording in WORDINGS.values() for line in wording.held_out}
    lines = [line.replace("{a_}", "{a}") for line in WORDINGS["unknown"].training]
    words = (*nouns.PROPERTIES, *nouns.TRAINING)
    assert not {normalise(line.replace("{n}", word)) for line in lines for word in words} & held


def test_vocabulary_stays_small() -> None:
    words = {word for w in WORDINGS.values() for line in w.training for word in re.findall(r"[a-z']+", line.lower())}
    assert len(words) < 1500


def test_patches_are_asked_only_what_a_photograph_shows() -> None:
    of = scene(
        [
            thing(i, c, "patch", [disc(x, 0.5, 10)], pattern="", material="")
            for i, (c, x) in enumerate((("red", 0.15), ("", 0.8)))
        ]
    )
    asked = many(of, count=400)
    allowed = {
        "colour",
        "size",
        "position",
        "relation",
        "yes_no",
        "verify",
        "choose",
        "none_matches",
        "classify",
        "unknown_noun",
        "letters",
    }
    assert {q.skill for q in asked} <= allowed | {"describe_brief", "describe_detailed", "entity"}
    assert not any("circle" in q.answer for q in asked)
    assert all(q.things != (1,) for q in asked if q.skill == "colour"), "no colour is asked where none is clear"


def test_labels_hold_the_answer_once() -> None:
    for question in many(SCENES["picture"], "classify", 100):
        if question.facts["form"] == "closed":
            labels = question.facts["choices"]
            assert labels.count(question.answer) == 1 and 2 <= len(labels) <= ask_choices.MOST_LABELS
            assert all(label in question.text.lower() for label in labels)


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("name", SCENES)
def test_letters_stand_before_the_options_and_the_right_one_is_the_answer(name: str, held_out: bool) -> None:
    of = SCENES[name]
    truth, asked = Truth(of), many(of, "letters", 300, held_out)
    assert len({question.facts["of"] for question in asked}) > 3
    for question in asked:
        options, skill = question.facts["options"], question.facts["of"]
        assert list(options) == list("ABCD"[: len(options)]) and len(set(options.values())) == len(options) > 1
        assert all(re.search(rf"\W{letter}\W+{re.escape(text)}", question.text) for letter, text in options.items())
        right, wrong = options[question.answer], {*options.values()} - {options[question.answer]}
        if skill in ("colour", "shape", "pattern"):
            assert right == getattr(truth.thing(asked_about(question)), skill)
        if skill == "position" and name != "clip":
            assert not {word for word in wrong if word in right.split()}, "the top is no wrong answer for the top left"
        if skill == "motion_direction" and right in DIRECTIONS:
            motion = truth.thing(asked_about(question)).motion
            assert right in (motion.direction, motion.after) and not wrong & {motion.direction, motion.after}
        if right.startswith("<region") and " is " in right:
            assert _side_said(truth, question, right) and not any(_side_said(truth, question, one) for one in wrong)


def asked_about(question) -> int:
    """The thing of the first region that a question names where it asks about one."""
    last = question.text.split("regions are")[0] if "regions are marked" in question.text else question.text
    numbers = re.findall(r"<region(\d)>", last)
    return question.things[int(max(numbers, key=numbers.count)) - 1]


def _side_said(truth: Truth, question, statement: str) -> bool:
    """Whether someone may say that a region is left of (right of, above, below) another."""
    first, word, second = re.match(r"<region(\d)> is (\w+)(?: of)? <region(\d)>", statement).groups()
    return not truth.surely_not(*(question.things[int(number) - 1] for number in (first, second)), word)


def test_a_letter_alone_is_read() -> None:
    assert (normalise("A"), normalise("A."), normalise("(B)"), normalise("a ring")) == ("a", "a", "b", "ring")
    question = next(one for one in many(SCENES["picture"], "letters", 60) if one.answer == "A")
    assert is_right("(A)", question) and not is_right("", question) and not is_right("B", question)


def test_conversations_share_one_region() -> None:
    for seed in range(20):
        turns = conversation(SCENES["picture"], np.random.default_rng(seed))
        assert len(turns) == 3 and len({turn.things for turn in turns}) == 1
        assert "<region1>" in turns[0].text and all("<region" not in turn.text for turn in turns[1:])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("The Grey one.", "gray 1"), ("<region2>", "2"), ("region 2", "2"), ("A red circle!", "red circle")],
)
def test_normalise(text: str, wanted: str) -> None:
    assert normalise(text) == wanted


def test_requests_for_all_that_share_a_word_mostly_have_several_to_mark_in_training() -> None:
    def marked(held_out: bool) -> list[int]:
        found = (
            question
            for seed in range(60)
            for question in questions(
                draw_scene(seed, "image"),
                np.random.default_rng(seed),
                held_out=held_out,
                absent=0.0,
                per_scene=4,
                skills=["locate"],
            )
        )
        return [len(question.calls) for question in found if question.facts["expression"].startswith("every")]

    training, held_out = marked(False), marked(True)
    assert np.mean([count > 1 for count in training]) > np.mean([count > 1 for count in held_out]) + 0.1
    assert set(training) == {1, 2, 3}
