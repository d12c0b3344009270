"""The only home of scores."""
