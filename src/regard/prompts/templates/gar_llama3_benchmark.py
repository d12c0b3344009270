"""The chat format in which GAR's released code asks its benchmark: regions beyond what the weights know are let in."""

from __future__ import annotations

from regard.prompts.templates.gar_llama3 import GarLlama3


class GarLlama3Benchmark(GarLlama3):
    """GAR's format for up to nine regions, which ten questions of GAR-Bench-VQA have.

    From the sixth on, the name of a region is words and no token, and where its replay should stand the model reads the
    placeholder's own embedding, 256 times: so the released code does. A warning says it.
    """

    fillers = tuple(f"<|reserved_special_token_{number}|>" for number in range(7, 11))
    specials = (*GarLlama3.specials, *fillers)
