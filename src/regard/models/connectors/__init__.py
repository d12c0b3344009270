"""Connectors: a map of features to visual tokens as wide as the language model."""
