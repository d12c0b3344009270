"""Backends with known behaviour, for testing benchmarks without a model."""

from collections import namedtuple

Written = namedtuple("Written", "text found", defaults=((),))


class Scripted:
    """Answers each item by a function of the item; counts how often it is asked."""

    def __init__(self, items, answer, name="scripted"):
        self.name = name
        self.answer = answer
        self.items = {self._key(item.sample): item for item in items}
        self.asked = []

    @staticmethod
    def _key(sample):
        regions = tuple((frame, rle["counts"]) for region in sample.regions for frame, rle in region.rles.items())
        return sample.media.source or sample.media.key, sample.turns[-1].text, regions

    def generate(self, samples, *, max_new_tokens=128):
        found = [self.items[self._key(sample)] for sample in samples]
        self.asked += [item.key for item in found]
        return [Written(self.answer(item)) for item in found]
