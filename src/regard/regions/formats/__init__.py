"""One file a format: regions read from and written to the files other tools use."""
