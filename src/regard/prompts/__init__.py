"""A sample becomes text, tokens and slots; text becomes an answer. The only home of special tokens."""
