"""Omni-RGPT-13B: the design of Omni-RGPT-7B on Llama 2 13B (arXiv 2501.08326). No weights are public."""

from __future__ import annotations

from regard.models.presets._base import Preset
from regard.models.presets._language import LLAMA_2_13B
from regard.models.presets.omni_rgpt_7b import OmniRgpt7B


class OmniRgpt13B(Preset):
    """The parts of `omni_rgpt_7b`, a larger language model."""

    settings = OmniRgpt7B.settings | {"language": LLAMA_2_13B | {"vocab_size": 32002}}
    small = OmniRgpt7B.small
    sources = OmniRgpt7B.sources | {
        "language": "paper, table 3 names a 13B model; Llama 2 as the 7B; two tokens added, ours"
    }
