"""A backend that answers by a script, and what such a script may know of a region."""

from regard.backends._base import Generation
from regard.prompts.sample import USER


class Scripted:
    """Writes what `write(sample)` returns and scores by `weigh(sample, text)`; remembers every call."""

    name = "scripted"
    most_regions = 4

    def __init__(self, write=lambda sample: "a thing", weigh=lambda sample, text: -float(len(text))):
        self.write, self.weigh = write, weigh
        self.calls = []

    def generate(self, samples, *, max_new_tokens=128):
        self.calls.append(("generate", list(samples), max_new_tokens))
        return [self._said(sample, max_new_tokens) for sample in samples]

    def _said(self, sample, max_new_tokens):
        text = self.write(sample)
        words = text.split(" ")
        usage = {"input_tokens": 10, "output_tokens": len(words)}
        return Generation(" ".join(words[:max_new_tokens]), len(words) <= max_new_tokens, usage, {"generate": 1.0})

    def stream(self, sample, *, max_new_tokens=128):
        self.calls.append(("stream", [sample], max_new_tokens))
        said = self._said(sample, max_new_tokens)
        yield from (said.text[start : start + 3] for start in range(0, len(said.text), 3))
        return said

    def score(self, sample, texts):
        self.calls.append(("score", [sample], list(texts)))
        return [self.weigh(sample, text) for text in texts]


def mean_colour(sample, number=0):
    """What a scripted backend may know of a region: its true mean colour."""
    region = sample.regions[number]
    frame = region.frames[0]
    pixels = sample.media.frames([frame])[0][region.mask(frame)]
    return pixels.mean(axis=0)


def colour_word(sample, number=0):
    return ("red", "green", "blue")[int(mean_colour(sample, number).argmax())]


def last_question(sample):
    assert sample.turns[-1].role == USER
    return sample.turns[-1].text
