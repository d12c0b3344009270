"""Vision towers: pixels to a map of features."""
