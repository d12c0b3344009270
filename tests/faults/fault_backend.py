"""A backend that answers by a script, or with what it truly sees of the first region: its mean colour."""

from regard.backends._base import Generation


class Said:
    """Writes what `write(sample)` returns; the first of several candidates is the likeliest."""

    name = "said"
    most_regions = 100

    def __init__(self, write=lambda sample: "a thing"):
        self.write = write
        self.samples = []

    def generate(self, samples, *, max_new_tokens=128):
        self.samples += samples
        return [Generation(self.write(sample)) for sample in samples]

    def stream(self, sample, *, max_new_tokens=128):
        yield self.generate([sample])[0].text

    def score(self, sample, texts):
        self.samples.append(sample)
        return [-float(place) for place in range(len(texts))]


def colour_seen(sample):
    """The mean colour of the first region, at the first frame where it is, as "r,g,b"."""
    region = sample.regions[0]
    frame = region.frames[0]
    mean = sample.media.frames([frame])[0][region.mask(frame)].mean(axis=0)
    return ",".join(str(round(float(value))) for value in mean)
