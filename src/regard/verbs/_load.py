"""From a name to a model: the one inside the package, a folder, a hub name in the local cache, or a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from regard.backends._base import Backend
from regard.backends.replay import Recorder, Replay
from regard.core.errors import CheckpointError, ConfigError, MissingDependency, NotFound, nearest
from regard.regions.binding import Segmenter
from regard.verbs._binder import SEGMENTER, Binder
from regard.verbs._model import Model

EMBEDDED = "embedded"
REPLAY = "replay:"
LOADABLE = (
    "what can be loaded: nothing or 'embedded' (the model inside the package), a folder written by save_pretrained or"
    " with a published checkpoint, ORGANISATION/NAME of such a model in the local Hugging Face cache, or replay:FILE"
    " (recorded answers)"
)


def load(
    name: str | Path | None = None,
    *,
    segmenter: str | Segmenter | None = SEGMENTER,
    propagate: bool = False,
    record: str | Path | None = None,
    **options: Any,
) -> Model:
    """Return the object with the verbs.

    `name`: left out or "embedded", the small model inside the package; a folder; a hub name, taken from the local
    cache (nothing is fetched); or "replay:FILE". `segmenter`: what makes points and scribbles masks, by name or as a
    callable (pixels (H, W, 3), points (n, 2), labels (n,)) -> mask (H, W); None: they are refused. `propagate`:
    follow regions given at one frame of a clip through the others. `record`: a file that every answer is added to,
    for "replay:". Other options go to the backend, such as the `design` that a base is to be trained in. Raises
    `NotFound` for a name that nothing is known by, `CheckpointError` for weights that do not fit, `MissingDependency`
    when torch or transformers is missing.
    """
    backend = _backend(EMBEDDED if name is None else str(name), options)
    if record is not None:
        backend = Recorder(backend, record)
    return Model(backend, Binder.named(segmenter, propagate=propagate))


def _backend(name: str, options: dict[str, Any]) -> Backend:
    if name.startswith(REPLAY):
        if options:
            raise ConfigError(f"a recording answers as it did; {', '.join(options)} is for models on this machine")
        return Replay.open(name.removeprefix(REPLAY))
    if name == EMBEDDED:
        return _local(None, options)
    if name.lower().startswith(("http://", "https://")):
        raise NotFound(
            f"{name!r} is an address, and answering from an address is not supported in this version; {LOADABLE}"
        )
    path = Path(name).expanduser()
    if path.is_dir():
        return _local(path, options)
    if path.exists():
        raise CheckpointError(f"{name!r} is a file; a model is a folder with config.json and model.safetensors")
    return _local(_cached(name), options)


def _local(folder: Path | None, options: dict[str, Any]) -> Backend:
    try:
        from regard.backends.local import LocalBackend
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "regard":
            raise
        raise MissingDependency(
            f"local models need torch and transformers, and importing them failed: {error}."
            " `regard doctor` says what is missing and how to install it"
        ) from error
    return LocalBackend.open(folder, **options)


def _cached(name: str) -> Path:
    """Find a hub name in the local cache; nothing is fetched."""
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise NotFound(
            f"there is no model or folder {name!r}.{nearest(name, [EMBEDDED])} {LOADABLE[0].upper()}{LOADABLE[1:]}."
        )
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(name, "config.json")
    except ValueError as error:
        raise NotFound(f"{name!r} is neither a folder that is there nor a hub name: {error}; {LOADABLE}") from error
    if not isinstance(found, str):
        raise NotFound(
            f"{name!r} is not in the local Hugging Face cache, and nothing is fetched unasked. With a network:"
            f" `hf download {name}`, then load it again; {LOADABLE}"
        )
    return Path(found).parent
