"""GAR-8B: the design of GAR-1B on Perception-LM-8B (arXiv 2510.18876)."""

from __future__ import annotations

from regard.models.presets._gar import Gar
from regard.models.presets._language import LLAMA_3_1_8B


class Gar8B(Gar):
    """Perception Encoder G/14 without a class token, 448 pixels, at most 16 tiles; Llama 3.1 8B."""

    settings = Gar.settings | {
        "vision": {
            "name": "perception_encoder",
            "width": 1536,
            "depth": 47,
            "heads": 16,
            "hidden": 8960,
            "class_token": False,
        },
        "language": LLAMA_3_1_8B | {"vocab_size": 128262},
    }
    sources = Gar.sources | {
        "language": "Llama 3.1 8B; six tokens added as released",
        "tiles": "paper, table 6: at most 16; the released training configuration of this size says 8",
    }
