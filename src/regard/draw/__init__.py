"""Regions, masks and answers drawn on pictures and clips."""
