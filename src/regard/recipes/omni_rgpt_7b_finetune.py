"""Omni-RGPT, fine-tuning: regions are given on their first frame, and the guide teaches where they are on all others.

- Command: `regard train omni_rgpt_7b_finetune start=FOLDER out=runs/omni`; `omni_rgpt_7b_finetune_tiny` is the small
  twin, which needs no start.
- Hardware: the paper's 64 A100; here CPUs, so the twin alone was run.
- Hours: within 24 on the paper's machines, pre-training included (supplement).
- Expected: the term `guide/guide` of the log falls; the paper's benchmarks were not run.
- Data: the drawn world with its tracks; readers of the paper's sets are not part of this version.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from regard.recipes._stages import Staged, main, plan
from regard.train.stage import Stage
from regard.train.world import Mixture

PRESET = "omni_rgpt_7b"
STAGE = Stage(
    aim="fine-tuning: all but the tower learns, from words and from where regions are on every frame",
    rates=dict.fromkeys(("connector", "encoders", "language", "heads"), 5e-5),
    sources={
        "what learns, rate": "supplement: all but the vision encoder, 5e-5, batches of 16, one epoch; section 5.1",
        "alpha": "section 5.1: 0.05, the guide's weight",
        "warm-up, decay, schedule": "not stated; ours: a rise over 3 steps of 100, no decay, a cosine",
        "steps": "the size of the data is not stated; give steps=N",
    },
    warmup=0.03,
)
MIXTURE = Mixture(image_scenes=16, clip_scenes=16, clip_every=2, per_scene=4)


def settings(**changes: Any) -> Staged:
    """Return the settings at full size."""
    return Staged(
        **{
            "preset": PRESET,
            "stage": STAGE,
            "out": f"runs/{PRESET}_finetune",
            "heads": ("guide",),
            "tracks": True,
            "steps": 10_000,
            "mixture": MIXTURE,
            **changes,
        }
    )


CONFIG = settings
TINY = partial(
    settings,
    preset=f"{PRESET}_tiny",
    out=f"runs/{PRESET}_finetune_tiny",
    heads=({"name": "guide", "marks": 12},),
    steps=20,
    images=40,
    clips=40,
    workers=0,
    save_every=10,
    log_every=1,
    mixture=Mixture(image_scenes=3, clip_scenes=3, clip_every=2, per_scene=3),
)
__all__ = ["CONFIG", "TINY", "main", "plan"]
