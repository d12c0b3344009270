"""The procedural world: pictures and short clips whose whole truth is known."""
