"""Task heads: how an answer leaves the model other than as text."""
