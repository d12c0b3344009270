"""Region encoders: how a region enters the model, in up to four places."""
