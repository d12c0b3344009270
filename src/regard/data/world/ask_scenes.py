"""Questions about the whole picture or clip, without regions."""

from __future__ import annotations

from regard.data.world.ask_regions import about_place
from regard.data.world.expressions import Clue, Expression, clues_of, find, find_none, holds, meant, say
from regard.data.world.facts import CLOSED_SETS, SIDES, Truth
from regard.data.world.phrases import BESIDE, a, at, brief, movement, plural, short
from regard.data.world.phrases import attributes as attributes_of
from regard.data.world.question import Question
from regard.data.world.wording import Writer, enumerate_words
from regard.prompts import tasks

NAMED = ("size", "colour", "pattern", "material", "shape")
MOST_LISTED = 6


def count(writer: Writer) -> Question | None:
    """Ask how many real things of a kind there are, in digits; the possible numbers are drawn evenly."""
    truth = writer.truth
    if not truth.real or truth.patches:
        return None
    kinds: dict[int, list[Clue]] = {}
    for _ in range(6):
        clues = _counted(writer)
        found = meant(truth, Expression(tuple(clues)))
        if found is not None:
            kinds.setdefault(len(found), clues)
    if not kinds:
        return None
    number = writer.pick(sorted(kinds))
    said = {clue.name: clue.value for clue in kinds[number]}
    noun = said.get("shape") or writer.pick(("thing", "object", "thing"))
    phrase = " ".join([*(said[name] for name in ("size", "colour") if name in said), plural(noun)])
    return writer.ask("count", "count", str(number), words={"p": phrase}, facts={"expression": phrase})


def _counted(writer: Writer) -> list[Clue]:
    """What to count: all things, those that share a word or two with one of them, now and then a word at random."""
    draw = writer.rng.random()
    if draw < 0.25:
        return []
    if draw < 0.33:
        name = writer.pick(("colour", "shape"))
        return [Clue(name, writer.pick(CLOSED_SETS[name]))]
    return _some_clues(writer, writer.pick(writer.truth.real), ("colour", "shape", "size"))


def _some_clues(writer: Writer, index: int, names: tuple[str, ...]) -> list[Clue]:
    clues = [clue for clue in clues_of(writer.truth, index) if clue.name in names]
    return writer.some(clues, 1 + int(writer.chance(0.4)))


def exists(writer: Writer) -> Question | None:
    """Ask whether there is a thing of a kind; yes and no equally often."""
    truth = writer.truth
    if not truth.real or truth.patches:
        return None
    expression: Expression | None
    if writer.chance(0.5):
        expression = Expression(tuple(_some_clues(writer, writer.pick(truth.real), NAMED)))
        answer = "yes"
    else:
        expression, answer = _absent(writer), "no"
    if expression is None or not expression.clues:
        return None
    words = {"p": say(writer, expression, "a").replace(" one", " thing")}
    return writer.ask("exists", "exists", answer, words=words, facts={"choices": ["yes", "no"]})


def _absent(writer: Writer) -> Expression | None:
    for _ in range(4):
        expression = find_none(writer)
        if expression is not None and all(clue.name in NAMED for clue in expression.clues):
            return expression
    return None


def scene_colour(writer: Writer) -> Question | None:
    """Ask for the colour of a plain background."""
    name = writer.truth.scene.background_colour
    if not name or writer.truth.patches:
        return None
    return writer.ask("scene_colour", "scene_colour", name, facts={"choices": list(CLOSED_SETS["colour"])})


def scene_relation(writer: Writer) -> Question | None:
    """Ask what lies on one side of a thing, where exactly one thing does."""
    truth = writer.truth
    if truth.patches or len(truth.real) < 2:
        return None
    anchors = [index for index in truth.real if truth.unique(index)]
    if not anchors:
        return None
    clues = [Clue("beside", side, anchor) for side in SIDES for anchor in anchors]
    only = [(clue, _only(truth, clue)) for clue in writer.some(clues, 10)]
    only = [(clue, index) for clue, index in only if index >= 0]
    if not only:
        return None
    clue, found = only[0]
    anchor, side = clue.other, clue.value
    direction = f"to the {BESIDE[side]}" if side in ("left", "right") and writer.chance(0.7) else BESIDE[side]
    words = {"d": direction, "e": f"the {short(truth, anchor)}"}
    facts = {"accepted": [brief(truth, found)]}
    return writer.ask("scene_relation", "scene_relation", a(short(truth, found)), words=words, facts=facts)


def _only(truth: Truth, clue: Clue) -> int:
    """Return the one thing of which a clue is true, -1 when there is none, or several, or one that is not clear."""
    answers = {index: holds(truth, index, clue) for index in truth.real}
    found = [index for index, yes in answers.items() if yes]
    return found[0] if len(found) == 1 and None not in answers.values() else -1


def scene_place(writer: Writer) -> Question | None:
    """Ask what lies at a place of the picture, where exactly one thing or none does, or where the one thing of a kind
    is.
    """
    truth = writer.truth
    if truth.patches or not truth.real:
        return None
    return _where_it_is(writer) if writer.chance(0.5) else _what_is_there(writer)


def _what_is_there(writer: Writer) -> Question | None:
    truth, places = writer.truth, CLOSED_SETS["position"]
    if writer.chance(0.1):
        known = {place: -1 for place in places if _is_free(truth, place)}
    else:
        known = {place: found for place in places if (found := _alone_at(truth, place)) >= 0}
    if not known:
        return None
    there = writer.pick(list(known))
    found = known[there]
    answer, accepted = (a(short(truth, found)), [brief(truth, found)]) if found >= 0 else ("nothing", [])
    facts = {"accepted": accepted, "form": "what"}
    return writer.ask("scene_place", "place_what", answer, words={"w": at(there)}, facts=facts)


def _alone_at(truth: Truth, place: str) -> int:
    """Return the one thing at a place, -1 where there is none, or several, or a reflection or shadow lies there too."""
    found = _only(truth, Clue("position", place))
    beside = [index for index in truth.seen if index != found and truth.position(index) == place]
    return -1 if beside else found


def _is_free(truth: Truth, place: str) -> bool:
    """Return whether nothing at all is seen in that third of rows and columns, on a background that shows nothing
    either.
    """
    scene = truth.scene
    if scene.background == "photograph":
        return False
    third = zip((scene.height, scene.width), divmod(CLOSED_SETS["position"].index(place), 3), strict=True)
    rows, columns = (slice(side * number // 3, -(-side * (number + 1) // 3)) for side, number in third)
    return not any(mask[rows, columns].any() for thing in scene.things for mask in thing.masks if mask is not None)


def _where_it_is(writer: Writer) -> Question | None:
    truth = writer.truth
    index = writer.pick(truth.real)
    answer, expression = truth.clear(index).get("position"), find(writer, index, NAMED)
    if answer is None or expression is None:
        return None
    facts = about_place(answer) | {"form": "where"}
    return writer.ask("scene_place", "place_where", answer, words={"e": say(writer, expression)}, facts=facts)


def describe_scene(writer: Writer) -> Question | None:
    """Ask for all things of the scene, from left to right: a list of short phrases, or (detailed) a sentence or two
    for each."""
    truth = writer.truth
    if truth.patches or not 0 < len(truth.real) <= MOST_LISTED:
        return None
    order = sorted(truth.real, key=lambda index: truth.place(index)[0])
    facts = {"things": [a(short(truth, index)) for index in order]}
    detail = "detailed" if writer.chance(0.35) and len(order) <= 4 else "brief"
    answer = enumerate_words(facts["things"], "and") if detail == "brief" else _sentences(truth, order)
    if not writer.held_out and writer.chance(0.4):
        return writer.fixed("describe_scene", tasks.describe_scene(detail), answer, [], {**facts, "detail": detail})
    kind = "describe_scene" if detail == "brief" else "describe_scene_detailed"
    return writer.ask("describe_scene", kind, answer, facts={**facts, "detail": detail})


def _sentences(truth: Truth, order: list[int]) -> str:
    sentences = []
    for index in order:
        sentences.append(f"{brief(truth, index)} {at(truth.position(index))}")
        moves = movement(attributes_of(truth, index)) if truth.scene.is_clip else ""
        sentences += [moves] if moves else []
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)
