"""What is true of a scene, and what is clear enough to be asked: places, sizes, relations and attributes read from
the masks."""

from __future__ import annotations

from functools import cached_property

from regard.core.errors import EmptyRegion
from regard.data.world.paint import MATERIALS, PATTERNS
from regard.data.world.scene import Event, Scene, Thing
from regard.data.world.shapes import SHAPES
from regard.media.colours import NAMES as COLOURS
from regard.regions.words import (
    POSITIONS,
    SIZES,
    centre_and_share,
    position_is_clear,
    position_word,
    size_is_clear,
    size_word,
)

__all__ = ["CLOSED_SETS", "COLOURS", "MATERIALS", "PATTERNS", "POSITIONS", "SHAPES", "SIZES", "Truth", "side"]

CLOSED_SETS: dict[str, tuple[str, ...]] = {
    "colour": COLOURS,
    "shape": SHAPES,
    "pattern": PATTERNS,
    "material": MATERIALS,
    "size": SIZES,
    "position": POSITIONS,
}
SIDES = ("left", "right", "above", "below")
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
RELATION_DISTANCE = 0.12
RELATION_RATIO = 1.5
SIZE_RATIO = 1.4

Point = tuple[float, float]


def side(first: Point, second: Point) -> str:
    """Return on which side of `second` the point `first` lies: "left", "right", "above", "below", or "" when that is
    not clear.

    Points are (x, y) in [0, 1], y downwards. Clear means at least 0.12 apart on one axis, and 1.5 times as far as on
    the other.
    """
    across, down = first[0] - second[0], first[1] - second[1]
    if abs(across) >= RELATION_DISTANCE and abs(across) >= RELATION_RATIO * abs(down):
        return "left" if across < 0 else "right"
    if abs(down) >= RELATION_DISTANCE and abs(down) >= RELATION_RATIO * abs(across):
        return "above" if down < 0 else "below"
    return ""


def surely_not(first: Point, second: Point, word: str) -> bool:
    """Return whether nobody would say that `first` is left of (right of, above, below) `second`."""
    across, down = first[0] - second[0], first[1] - second[1]
    return {"left": across, "right": -across, "above": down, "below": -down}[word] >= 0.0 and side(first, second) != ""


def contained(word: str, position: str) -> bool:
    """Return whether someone may say `word` of what is at another `position`: "top" of "top left"."""
    return word != position and word in position.split()


def surely_others(name: str, value: str) -> list[str]:
    """Return the values of an attribute that nobody would say of what has this one."""
    return [word for word in CLOSED_SETS[name] if word != value and not contained(word, value)]


class Truth:
    """The truth of one scene, measured once and kept; things are named by their index in `scene.things`."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.seen = tuple(thing.index for thing in scene.things if any(mask is not None for mask in thing.masks))
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self._measured: dict[tuple[int, int], tuple[float, float, float]] = {}
        for index in self.seen:
            visible = scene.visible_frames(index)
            self.first[index], self.last[index] = visible[0], visible[-1]

    def thing(self, index: int) -> Thing:
        """Return the thing with this index."""
        return self.scene.things[index]

    @cached_property
    def real(self) -> tuple[int, ...]:
        """The drawn things: no patches, reflections or shadows."""
        return tuple(i for i in self.seen if self.thing(i).kind == "thing" and self.thing(i).shape != "patch")

    @cached_property
    def patches(self) -> tuple[int, ...]:
        """The pieces of photographs."""
        return tuple(i for i in self.seen if self.thing(i).shape == "patch")

    @cached_property
    def solid(self) -> tuple[int, ...]:
        """Drawn things and patches: all but reflections and shadows."""
        return tuple(i for i in self.seen if self.thing(i).kind == "thing")

    @cached_property
    def unreal(self) -> tuple[int, ...]:
        """Reflections and shadows."""
        return tuple(i for i in self.seen if self.thing(i).kind != "thing")

    def still(self, index: int) -> bool:
        """Return whether it never moves."""
        return self.thing(index).motion.direction == "still"

    def measure(self, index: int, frame: int | None = None) -> tuple[float, float, float]:
        """Return (x, y, share) of its visible pixels on a frame, the first on which it is seen when left out."""
        frame = self.first[index] if frame is None else frame
        if (index, frame) not in self._measured:
            mask = self.thing(index).masks[frame]
            if mask is None:
                raise EmptyRegion(f"thing {index} cannot be seen on frame {frame}; ask for a frame of visible_frames")
            self._measured[index, frame] = centre_and_share(mask)
        return self._measured[index, frame]

    def place(self, index: int, frame: int | None = None) -> Point:
        """Return its centre (x, y) in [0, 1] on a frame, the first on which it is seen when left out."""
        return self.measure(index, frame)[:2]

    def size(self, index: int) -> str:
        """Return its size word where first seen (the rule of `regard.regions.words`)."""
        return size_word(self.measure(index)[2])

    def size_is_clear(self, index: int) -> bool:
        """Return whether its size word is beyond doubt: in a clip, the same in the middle of its time as at first."""
        shares = self._shares(index)
        return all(size_is_clear(share) for share in shares) and len({size_word(share) for share in shares}) == 1

    def position(self, index: int, frame: int | None = None) -> str:
        """Return its position word on a frame, the first on which it is seen when left out."""
        return position_word(*self.place(index, frame))

    def position_is_clear(self, index: int, frame: int | None = None) -> bool:
        """Return whether that word is beyond doubt."""
        return position_is_clear(*self.place(index, frame))

    def comparable(self, first: int, second: int) -> bool:
        """Return whether one may ask where two things lie relative to each other: in a picture always, in a clip if
        both are still."""
        return first != second and (not self.scene.is_clip or (self.still(first) and self.still(second)))

    def side(self, first: int, second: int) -> str:
        """Return on which side of `second` thing `first` lies, "" when that is not clear."""
        if not self.comparable(first, second) or self.nested(first, second):
            return ""
        return side(self.place(first), self.place(second))

    def surely_not(self, first: int, second: int, word: str) -> bool:
        """Return whether `first` is beyond doubt not on this side of `second`."""
        return self.side(first, second) != "" and surely_not(self.place(first), self.place(second), word)

    def nested(self, first: int, second: int) -> bool:
        """Return whether one of the two lies inside the other."""
        return self.thing(first).inside == second or self.thing(second).inside == first

    def larger(self, first: int, second: int) -> bool | None:
        """Return whether `first` covers more of the picture than `second`; None when they are within 1.4 of each
        other."""
        ratios = [one / other for one, other in zip(self._shares(first), self._shares(second), strict=True)]
        if all(ratio >= SIZE_RATIO for ratio in ratios):
            return True
        return False if all(ratio <= 1 / SIZE_RATIO for ratio in ratios) else None

    def _shares(self, index: int) -> tuple[float, float]:
        """Its share of the picture where first seen and, in a clip, in the middle of its time."""
        visible = self.scene.visible_frames(index)
        return self.measure(index)[2], self.measure(index, visible[len(visible) // 2])[2]

    def goes_out(self, index: int) -> bool:
        """Return whether it leaves over a side of the picture (what disappears on the spot does not)."""
        mask = self.thing(index).masks[self.last[index]]
        edges = mask is not None and (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
        return bool(edges) and bool(self.events(index, "leaves"))

    def clear(self, index: int) -> dict[str, str]:
        """Return its attributes that are beyond doubt: colour, shape, pattern, material, size, position, motion."""
        if index not in self._clear:
            self._clear[index] = self._attributes(index)
        return self._clear[index]

    @cached_property
    def _clear(self) -> dict[int, dict[str, str]]:
        return {}

    def _attributes(self, index: int) -> dict[str, str]:
        thing = self.thing(index)
        known = {"colour": thing.colour, "pattern": thing.pattern, "material": thing.material}
        if thing.shape != "patch":
            known["shape"] = thing.shape
        if self.size_is_clear(index):
            known["size"] = self.size(index)
        if (not self.scene.is_clip or self.still(index)) and self.position_is_clear(index):
            known["position"] = self.position(index)
        if self.scene.is_clip:
            known["motion"] = thing.motion.direction
        return {name: value for name, value in known.items() if value}

    def events(self, index: int, kind: str = "") -> list[Event]:
        """Return the events of a thing (of one kind), in the order of time."""
        found = [event for event in self.scene.events if event.thing == index and kind in ("", event.kind)]
        return sorted(found, key=lambda event: event.start)

    def unique(self, index: int) -> bool:
        """Return whether colour and shape name it: the colour is clear, and no other solid thing has both."""
        if not self.thing(index).colour:
            return False
        key = (self.thing(index).colour, self.thing(index).shape)
        return sum((self.thing(i).colour, self.thing(i).shape) == key for i in self.solid) == 1
