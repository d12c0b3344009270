"""Twins: the drawn world written as a benchmark's official files. One file a benchmark, named as the benchmark is."""
