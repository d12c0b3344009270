"""VideoChat-TPO, stage 3: tower and connector learn too, from all tasks and conversation.

- Command: `regard train videochat_tpo_7b_stage3b start=runs/tpo_3a/model out=runs/tpo_3b`;
  `videochat_tpo_7b_stage3b_tiny` is the small twin.
- Hardware: the paper's 64 GPUs; here CPUs, so the twin alone was run.
- Hours: 52 on the paper's machines, with `videochat_tpo_7b_stage3a` (supplement, table 7).
- Expected: with the paper's data MVBench 66.8, Charades-STA R@1 at 0.5 40.2; not reproduced here.
- Data: the drawn world, its questions about regions, scenes and clips as conversation; readers of the paper's sets are
  not part of this version.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from regard.data.world.questions import FINDS, SKILLS
from regard.recipes import videochat_tpo_7b_stage3a as tasks
from regard.recipes._stages import main, plan
from regard.recipes._videochat_tpo import SMALL, TASKS, small, staged

TALK = {"conversation": (3_000_000, "VideoChat2-IT, ShareGPT-4o, LLaVA-Hound-DPO, ShareGPT4V")}
FORMS = {name: changes | {"courses": tasks.courses(3, 128, **TALK)} for name, changes in tasks.STAGE.forms.items()}
FORMS["as_released"] |= {"courses": tasks.courses(1, 128, **TALK)}
STAGE = replace(
    tasks.STAGE,
    aim="stage 3: the whole model but the words and SAM 2 learns, from all tasks and conversation",
    courses=tasks.courses(3, 256, **TALK),
    forms=FORMS,
)
SAID = (*SKILLS, *FINDS * 2)
CONFIG = partial(staged, "stage3b", STAGE, mixture=replace(TASKS, skills=SAID))
TINY = partial(small, "stage3b", STAGE, mixture=replace(SMALL["mixture"], skills=SAID))
__all__ = ["CONFIG", "TINY", "main", "plan"]
