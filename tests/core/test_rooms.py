import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from regard.core import rooms
from regard.core.errors import NotFound
from regard.prompts.templates._base import ChatTemplate


def test_names_are_file_names_without_private_ones():
    assert {"mask_pool", "token_mark", "object_tokens", "roi_replay"} <= set(rooms.names("regard.models.encoders"))
    assert not any(name.startswith("_") for name in rooms.names("regard.models.encoders"))


def test_listing_imports_nothing_heavy():
    code = "import sys; from regard.core import rooms; rooms.names('regard.verbs'); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_typing_error_is_answered_with_the_nearest_name():
    with pytest.raises(NotFound, match="Did you mean 'mask_pool'"):
        rooms.module("regard.models.encoders", "mask_pol")


def test_a_file_must_define_exactly_one_of_its_kind():
    assert rooms.load("regard.prompts.templates", "plain", ChatTemplate).__name__ == "Plain"
    with pytest.raises(TypeError, match="exactly one"):
        rooms.load("regard.prompts.templates", "plain", int)


def test_a_summary_is_the_first_line_of_the_file():
    assert rooms.summary("regard.models.encoders", "mask_pool").startswith("Mask pooling")


@pytest.fixture
def plugins(monkeypatch):
    """Two plug-ins of other packages: one of a new name, one that has the name of a file of ours."""
    entries = [EntryPoint(name, "fractions:Fraction", "regard.models.encoders") for name in ("my-own", "mask_pool")]
    asked = []
    monkeypatch.setattr(rooms, "entry_points", lambda group: asked.append(group) or entries)
    rooms._plugins.cache_clear()
    yield asked
    rooms._plugins.cache_clear()


def test_a_plug_in_is_found_with_dashes_and_underscores_and_never_hides_our_own(plugins):
    room = "regard.models.encoders"
    assert "my_own" in rooms.names(room)
    assert rooms.module(room, "my-own").__name__ == rooms.module(room, "my_own").__name__ == "fractions"
    assert rooms.summary(room, "my-own") == "from fractions:Fraction"
    assert rooms.module(room, "mask_pool").__name__ == f"{room}.mask_pool"
    assert plugins == [room]
