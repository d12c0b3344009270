"""Training: the loop, the loss, collation, checkpoints."""
