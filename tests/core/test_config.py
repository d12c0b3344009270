from dataclasses import dataclass, field

import pytest

from regard.core.config import override
from regard.core.errors import ConfigError


@dataclass(frozen=True)
class Inner:
    steps: int = 10
    rate: float = 1e-3


@dataclass(frozen=True)
class Outer:
    name: str = "a"
    fast: bool = False
    limit: int | None = None
    sizes: tuple[int, ...] = (1, 2)
    inner: Inner = field(default_factory=Inner)


def test_words_change_a_copy_and_reach_inside():
    made = override(Outer(), ["name=b c", "fast=true", "inner.rate=2", "limit=4", "sizes=[3,4]"])
    assert made == Outer("b c", True, 4, (3, 4), Inner(10, 2.0))
    assert isinstance(made.inner.rate, float)
    assert override(made, ["limit=None"]).limit is None


@dataclass(frozen=True)
class Held:
    rates: dict = field(default_factory=lambda: {"heads": 1.0, "heads.mask": 2.0, "inner": Inner()})


def test_words_reach_into_dicts_whose_keys_may_have_dots():
    made = override(Held(), ["rates.heads.mask=3", "rates.inner.steps=7"])
    assert made.rates == {"heads": 1.0, "heads.mask": 3.0, "inner": Inner(7, made.rates["inner"].rate)}
    assert Held().rates["heads.mask"] == 2.0
    with pytest.raises(ConfigError, match="'rates.heads.mas'.* Did you mean 'heads.mask'"):
        override(Held(), ["rates.heads.mas=3"])
    with pytest.raises(ConfigError, match="expected float"):
        override(Held(), ["rates.heads=fast"])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("inner.stepz=3", "Did you mean 'steps'"),
        ("nam=3", "Did you mean 'name'"),
        ("inner.steps=3.5", "expected int"),
        ("fast=1", "expected bool"),
        ("name.first=a", "no settings of its own"),
        ("name", "expected key=value"),
    ],
)
def test_a_wrong_word_is_refused_with_the_mend(word, told):
    with pytest.raises(ConfigError, match=told):
        override(Outer(), [word])
