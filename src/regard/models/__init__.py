"""Everything with weights, joined by model.py alone."""
