"""What the stages of VideoChat-TPO share (arXiv 2412.19326, supplement, sections 1 and 2, tables 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.data.world.questions import FINDS
from regard.recipes._stages import Staged
from regard.train.lora import Lora
from regard.train.stage import Stage
from regard.train.world import Mixture

PRESET = "videochat_tpo_7b"
LORA = Lora()
FOUND_BY = {"locate": "box", "segment": "mask", "track": "mask", "moments": "moment"}
TASKS = Mixture(per_scene=6, skills=FINDS)

TABLE = "supplement, table 5"
ADAMW: dict[str, Any] = {"warmup": 0.2, "decay": 0.02}
"""What all stages have: AdamW, a cosine, warm-up 0.2 and weight decay 0.02."""
SOURCES = {
    "rates, warm-up, decay, epochs, batch": TABLE,
    "lora": f"rank and alpha: {TABLE}; dropout and layers, lm_head among them: released code",
    "betas": "not stated; the last released run has 0.9 and 0.999",
    "losses": "those of docs/heads.md; heads=({'name': 'mask', 'learn_from': 'box'},) has masks learned as released",
    "words": "no row of the word embeddings learns (released code); triggers are learned by the change of lm_head",
}
LAST_RUN = "arguments of the last released run, training_args.bin"
SETS = {
    "moments": "DiDeMo, QuerYD, HiREST, ActivityNet, TACoS, NLQ",
    "boxes": "AS-V2, Visual Genome, RefCOCO, RefCOCO+, RefCOCOg",
    "masks": "SA-V, MeViS",
}


def staged(number: str, stage: Stage, **settings: Any) -> Staged:
    """Return the settings of a stage at full size."""
    made = {"preset": PRESET, "stage": stage, "out": f"runs/{PRESET}_{number}", "finds": FOUND_BY}
    return Staged(**{**made, **settings})


def small(number: str, stage: Stage, **settings: Any) -> Staged:
    """Return the settings of a stage of the small twin: a few scenes, a few steps."""
    named = {"preset": f"{PRESET}_tiny", "out": f"runs/{PRESET}_{number}_tiny"}
    return staged(number, stage, **{**SMALL, **named, **settings})


SMALL: Mapping[str, Any] = {
    "steps": 20,
    "images": 60,
    "clips": 30,
    "workers": 0,
    "save_every": 10,
    "log_every": 1,
    "mixture": Mixture(image_scenes=4, clip_scenes=3, per_scene=4, skills=FINDS),
}
