"""The object with the verbs: one file is one method, looked up by name."""

import inspect

import pytest

from regard.core import rooms
from regard.core.errors import NotFound
from regard.regions.region import Region
from regard.verbs import Model
from regard.verbs._base import ROOM, Verb

LEFT = Region.box(5, 5, 50, 100)
NAMES = rooms.names(ROOM)


def test_the_verbs_of_this_version_are_there():
    assert {"describe", "ask", "classify", "match"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_verb_says_what_it_is_and_its_parameters_are_its_signature(name, model):
    verb = rooms.load(ROOM, name, Verb)
    assert verb.name == name and verb.summary and verb.__doc__ and rooms.summary(ROOM, name)
    signature = inspect.signature(getattr(model, name)).parameters
    assert list(signature)[0] == "media" and "regions" in signature
    for parameter in verb.parameters:
        assert parameter.help
        if not parameter.required:
            assert signature[parameter.name].default == parameter.default
        else:
            assert signature[parameter.name].default is inspect.Parameter.empty
    assert ("stream" in signature) is verb.writes and ("turns" in signature) is verb.converses


def test_a_model_lists_its_verbs_and_names_the_nearest(model):
    assert set(NAMES) <= set(dir(model)) and "describe" in repr(model)
    with pytest.raises(AttributeError, match="Did you mean 'describe'"):
        model.descibe  # noqa: B018
    with pytest.raises(NotFound, match="Did you mean 'classify'"):
        model.verb("clasify")
    assert model.model is None and model.name == "scripted"


def test_a_view_has_the_same_verbs_with_the_media_filled_in(scripted, photo):
    backend = scripted()
    view = Model(backend).look(photo)
    assert view.media is photo and set(NAMES) <= set(dir(view))
    assert view.describe([LEFT])[0].text == "a thing"
    assert view.ask("What is <region1>?", [LEFT]).text == "a thing"
    assert view.classify([LEFT], ["a", "bb"])[0].label == "a"
    assert view.match("the red one", [LEFT]).index == 0
    assert {id(sample.media) for _, samples, _ in backend.calls for sample in samples} == {id(photo)}
    with pytest.raises(AttributeError, match="'match'"):
        view.mach  # noqa: B018


def test_verbs_keep_no_state(scripted, photo):
    model = Model(scripted())
    first = model.describe(photo, [LEFT])[0]
    model.ask(photo, "What is <region1>?", [LEFT])
    again = model.describe(photo, [LEFT])[0]
    assert (first.text, first.scores, first.regions[0].rles) == (again.text, again.scores, again.regions[0].rles)


def test_bound_regions_are_taken_by_every_verb(model, photo):
    bound = model.bind(photo, LEFT)
    assert bound[0].box() == (5, 5, 50, 100)
    assert model.look(photo).bind([LEFT])[0].box() == (5, 5, 50, 100)
    assert model.describe(photo, bound)[0].regions[0] is bound[0]
