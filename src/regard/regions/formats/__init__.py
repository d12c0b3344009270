"""One file a format: regions read from and written to the files other tools use."""

from regard.regions.formats._record import Conversation, Record

__all__ = ["Conversation", "Record"]
