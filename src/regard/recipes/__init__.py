"""Full runs as Python functions."""
