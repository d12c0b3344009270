"""One file a dataset; each yields samples."""
