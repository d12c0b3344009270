"""The figure of a model: its boxes in the order of the forward pass, arrows lit where regions enter."""

from xml.etree import ElementTree

import pytest

from regard.draw.diagram import LIT, PALE, PLACES, diagram

PARTS = {"vision": "clip", "connector": "mlp", "language": "llama"}
SVG = "{http://www.w3.org/2000/svg}"


def read(lit, parts=PARTS):
    return ElementTree.fromstring(diagram("a <model> & more", parts, lit))


def test_boxes_stand_in_the_order_of_the_forward_pass():
    words = [text.text for text in read({}).iter(f"{SVG}text")]
    order = ["pixels", "patches", "vision", "features", "connector", "visual tokens", "text", "language", "answer"]
    assert words[0] == "a <model> & more" and [word for word in words if word in order] == order
    assert {"clip", "mlp", "llama"} <= set(words)


@pytest.mark.parametrize("lit", [{}, {"text": ["mask_pool"]}, {place: ["one", "two"] for place in PLACES}])
def test_an_arrow_is_lit_where_an_encoder_enters_and_pale_elsewhere(lit):
    strokes = [path.get("stroke") for path in read(lit).iter(f"{SVG}path")]
    assert strokes.count(LIT) == len(lit) and strokes.count(PALE) == len(PLACES) - len(lit)
    words = [text.text for text in read(lit).iter(f"{SVG}text")]
    assert all(words.count(name) == len(lit) for names in lit.values() for name in names)


def test_boxes_do_not_overlap():
    boxes = [rect for rect in read({}).iter(f"{SVG}rect") if rect.get("rx") == "6"]
    spans = [(float(box.get("x")), float(box.get("x")) + float(box.get("width"))) for box in boxes]
    assert all(one[1] < other[0] for one, other in zip(spans, spans[1:], strict=False)) and spans[-1][1] < 1010


def test_task_heads_hang_from_the_language_model_where_there_are_some():
    drawn = ElementTree.fromstring(diagram("a model", PARTS, {}, ("box", "moment")))
    words = [text.text for text in drawn.iter(f"{SVG}text")]
    assert {"task heads", "box, moment", "marked states"} <= set(words)
    assert "task heads" not in [text.text for text in read({}).iter(f"{SVG}text")]
