"""VideoChat-TPO, stage 2: task heads and the vectors in their slots learn, the language model with them.

- Command: `regard train videochat_tpo_7b_stage2 start=runs/tpo_1/model out=runs/tpo_2`; `videochat_tpo_7b_stage2_tiny`
  is the small twin.
- Hardware: the paper's 64 GPUs; here CPUs, so the twin alone was run.
- Hours: 11 on the paper's machines (supplement, table 7).
- Expected: heads that find; the paper gives no figures of this stage.
- Data: the drawn world; readers of the paper's sets are not part of this version.
"""

from __future__ import annotations

from functools import partial

from regard.recipes._stages import main, plan
from regard.recipes._videochat_tpo import ADAMW, LORA, SETS, SOURCES, TASKS, small, staged
from regard.train.stage import Course, Stage

STAGE = Stage(
    aim="stage 2: task heads and slots learn, with low-rank changes of the language model",
    rates={
        "lora": 2e-5,
        "encoders": 1e-4,
        "heads.box": 1e-4,
        "slots.box": 1e-4,
        "heads.moment": 1e-4,
        "slots.moment": 2e-4,
        "heads.mask": 1e-4,
        "slots.mask": 1e-4,
        "heads.mask.sam": 0.0,
    },
    lora=LORA,
    courses={
        "moments": Course(116_500, 25, 64, SETS["moments"]),
        "masks": Course(114_600, 3, 128, f"{SETS['masks']}, pictures of AS-V2 made clips"),
        "boxes": Course(540_000, 1, 128, SETS["boxes"]),
    },
    **ADAMW,
    forms={
        "as_text": {"rates": {"heads.box": 2e-5, "slots.box": 2e-5, "heads.mask": 2e-5, "slots.mask": 2e-5}},
    },
    sources=SOURCES
    | {
        "heads.box, heads.mask and their slots": "table 5: 1e-4; text of section 1: 2e-5 (form=as_text)",
        "encoders": "not stated whether the box of a region learns here; ours, at the rate of the box head",
        "courses": "epochs 25/3/1 and batch 64/128/128 by the text: moments, masks, boxes",
    },
)
CONFIG = partial(staged, "stage2", STAGE, mixture=TASKS)
TINY = partial(small, "stage2", STAGE)
__all__ = ["CONFIG", "TINY", "main", "plan"]
