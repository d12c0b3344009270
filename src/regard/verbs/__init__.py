"""One file a verb."""

from regard.verbs._load import load
from regard.verbs._model import Model, View

__all__ = ["Model", "View", "load"]
