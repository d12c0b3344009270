"""Compiled transformer blocks: on a CPU, small blocks spend more time between kernels than in them."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn


def compile_blocks(blocks: Iterable[nn.Module]) -> None:
    """Compile each block's forward for any length; names and weights stay as they are. Needs a C++ compiler."""
    torch._dynamo.config.recompile_limit = 64  # every block is a guard of its own on the one piece of code they share
    for block in blocks:
        block.forward = torch.compile(block.forward, dynamic=True)
