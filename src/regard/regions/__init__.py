"""Regions as given and as bound to pixels; their geometry, text form and file formats."""
