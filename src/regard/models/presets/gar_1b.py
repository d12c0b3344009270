"""GAR-1B: a mask embedding on the patches and a replay of the visual tokens, on Perception-LM-1B (arXiv 2510.18876)."""

from __future__ import annotations

from regard.models.presets._gar import Gar
from regard.models.presets._language import LLAMA_3_2_1B


class Gar1B(Gar):
    """Perception Encoder L/14, 448 pixels, at most 16 tiles; replay of 16 x 16 tokens a region; Llama 3.2 1B."""

    settings = Gar.settings | {
        "vision": {"name": "perception_encoder", "width": 1024, "depth": 23, "heads": 16, "hidden": 4096},
        "language": LLAMA_3_2_1B | {"vocab_size": 128262},
    }
    sources = Gar.sources | {
        "language": "Llama 3.2 1B; six tokens added as released",
        "tiles": "paper, table 6: at most 16; released training configuration",
    }
