"""VideoChat-TPO, stage 3 without conversation: tower and connector learn too, from all tasks together.

- Command: `regard train videochat_tpo_7b_stage3a start=runs/tpo_2/model out=runs/tpo_3a`;
  `videochat_tpo_7b_stage3a_tiny` is the small twin.
- Hardware: the paper's 64 GPUs; here CPUs, so the twin alone was run.
- Hours: 52 on the paper's machines, with `videochat_tpo_7b_stage3b` (supplement, table 7).
- Expected: the paper gives no figures of this stage.
- Data: the drawn world; readers of the paper's sets are not part of this version.
"""

from __future__ import annotations

from functools import partial

from regard.recipes._stages import main, plan
from regard.recipes._videochat_tpo import ADAMW, LAST_RUN, LORA, SETS, SOURCES, TASKS, small, staged
from regard.train.stage import Course, Stage

RATES = dict.fromkeys(("vision", "connector", "encoders", "lora", "heads", "slots"), 2e-5) | {"heads.mask.sam": 0.0}
READ = {"moments": (7_500, "QVHighlights"), "boxes": (400_000, SETS["boxes"]), "masks": (116_500, SETS["masks"])}
READ |= {"reasoning": (40_000, "YouCook2, ActivityNet")}


def courses(epochs: int, batch: int, **more: tuple[int, str]) -> dict[str, Course]:
    """Return what is read, as often and as many at once as told."""
    return {kind: Course(samples, epochs, batch, of) for kind, (samples, of) in {**READ, **more}.items()}


STAGE = Stage(
    aim="stage 3 without conversation: the whole model but the words and SAM 2 learns, from all tasks",
    rates=RATES,
    lora=LORA,
    courses=courses(1, 256),
    **ADAMW,
    forms={
        "as_text": {"courses": courses(1, 128)},
        "as_released": {"courses": courses(1, 128), "warmup": 0.0, "floor": 0.05, "epsilon": 1e-5},
    },
    sources=SOURCES
    | {
        "batch": "table 5: 256; text of section 1: 128 (form=as_text)",
        "as_released": f"{LAST_RUN}: it is called a stage 2, but lists tower and bridge, all at 2e-5; weight decay "
        "is not in it",
        "encoders": f"not in the table; {LAST_RUN}: loc_encoder 2e-5",
    },
)
CONFIG = partial(staged, "stage3a", STAGE, mixture=TASKS)
TINY = partial(small, "stage3a", STAGE)
__all__ = ["CONFIG", "TINY", "main", "plan"]
