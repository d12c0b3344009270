"""One file a published design, with its numbers and their sources."""
