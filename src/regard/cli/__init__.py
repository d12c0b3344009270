"""The command line: verbs are generated from regard.verbs, every other command is one file."""
