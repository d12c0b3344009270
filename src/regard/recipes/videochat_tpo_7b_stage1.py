"""VideoChat-TPO, stage 1: the language model learns which task a question asks for.

- Command: `regard train videochat_tpo_7b_stage1 start=FOLDER out=runs/tpo_1`; `videochat_tpo_7b_stage1_tiny` is the
  small twin, which needs no start.
- Hardware: the paper's 64 GPUs; here CPUs, so the twin alone was run.
- Hours: half an hour on the paper's machines (supplement, table 7).
- Expected: answers call the right head; what the heads find is learned in stage 2.
- Data: the drawn world; readers of the paper's sets are not part of this version.
"""

from __future__ import annotations

from functools import partial

from regard.recipes._stages import main, plan
from regard.recipes._videochat_tpo import ADAMW, LORA, SOURCES, TASKS, small, staged
from regard.train.stage import Course, Stage

STAGE = Stage(
    aim="stage 1: low-rank changes of the language model learn to write each task's trigger",
    rates={"lora": 2e-5},
    lora=LORA,
    calls=False,
    courses={
        "moments": Course(50_000, 1, 128, "DiDeMo, QuerYD"),
        "boxes": Course(50_000, 1, 128, "RefCOCO, RefCOCO+, RefCOCOg"),
        "masks": Course(50_000, 1, 128, "SA-V, MeViS"),
    },
    **ADAMW,
    sources=SOURCES | {"machines": "text, section 1: 32 GPUs; table 7: 64"},
)
CONFIG = partial(staged, "stage1", STAGE, mixture=TASKS)
TINY = partial(small, "stage1", STAGE)
__all__ = ["CONFIG", "TINY", "main", "plan"]
