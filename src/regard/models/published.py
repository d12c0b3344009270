"""Weights as their authors published them: safetensors, whole or in shards, under the published names.

Nothing is unpickled and nothing is fetched: a folder on this machine is read.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import AddedToken, AutoTokenizer, PreTrainedTokenizerFast

from regard.core import rooms
from regard.core.errors import CheckpointError, not_found
from regard.core.files import read_json
from regard.models.bases import _base as bases
from regard.models.config import RegardConfig
from regard.models.heads import _join as heads
from regard.models.heads._base import TaskHead
from regard.models.layout import Layout
from regard.models.model import RegardModel
from regard.models.presets._base import RELEASED, Preset, changed, known_types, released_as
from regard.models.processor import RegardProcessor
from regard.prompts.templates._base import ChatTemplate

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
NUMBERS = ("F16", "BF16", "F32", "F64")
SHOWN = 8
SETTINGS = tuple(name for name in inspect.signature(RegardConfig.__init__).parameters if name not in ("self", "kwargs"))


def files(folder: str | Path) -> list[Path]:
    """Return the safetensors files of a checkpoint folder, in the order of their names.

    Raises `CheckpointError` where there are none, or one that the index names is missing.
    """
    home = Path(folder)
    index = home / INDEX
    if index.exists():
        try:
            named = sorted({home / Path(name).name for name in json.loads(index.read_text())["weight_map"].values()})
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise CheckpointError(f"{index} is no index of weights: {error!r}") from error
        missing = [file.name for file in named if not file.exists()]
        if missing:
            raise CheckpointError(f"{home}: {INDEX} names {', '.join(missing)}, not there; finish the download")
        return named
    found = sorted(home.glob("*.safetensors"))
    if not found:
        pickles = sorted(file.name for pattern in PICKLES for file in home.glob(pattern))
        only = f"; it has {', '.join(pickles)}, pickles that this package does not open" if pickles else ""
        raise CheckpointError(f"{home} has no .safetensors file{only}")
    return found


def verify(folder: str | Path) -> None:
    """Compare the weights of a folder in the Hugging Face cache, byte for byte, with what was published: the cache
    names each large file by its hash. Files that are no links into a cache carry no hash and are passed over.

    Raises `CheckpointError` for a file that differs.
    """
    for file in files(folder):
        named = file.resolve().name
        if re.fullmatch("[0-9a-f]{64}", named) and named != _hash(file):
            raise CheckpointError(f"{file} is not what was published: its bytes changed; remove it and fetch it again")


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_whole(folder: str | Path) -> None:
    """Read the header of every file of weights. Raises `CheckpointError` for one that is not whole, or holds a tensor
    that is no weight.
    """
    for file in files(folder):
        with _opened(file):
            pass


def tensors(folder: str | Path) -> Iterator[tuple[str, Tensor]]:
    """Yield the published names and tensors of a checkpoint folder, one file after the other.

    Raises `CheckpointError` as `check_whole` does, when it comes to such a file.
    """
    for file in files(folder):
        with _opened(file) as opened:
            for name in opened.keys():  # noqa: SIM118
                yield name, opened.get_tensor(name)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """Open a file of weights, when its header says that it is whole and holds weights alone."""
    try:
        opened = safe_open(file, "pt")
    except SafetensorError as error:
        raise CheckpointError(f"{file} is not whole: {error}; fetch it again") from error
    with opened as weights:
        kinds = {name: weights.get_slice(name).get_dtype() for name in weights.keys()}  # noqa: SIM118
        strange = [f"{name} is {kind}" for name, kind in kinds.items() if kind not in NUMBERS]
        if strange:
            raise CheckpointError(f"{file} holds what are no weights: {_some(strange)}; expected {', '.join(NUMBERS)}")
        yield weights


def load(
    folder: str | Path,
    *,
    design: str = "",
    dtype: torch.dtype = torch.float32,
    form: str | None = None,
    **changes: Any,
) -> tuple[RegardModel, RegardProcessor]:
    """Return model and processor of a checkpoint folder as its authors published it.

    The design is the preset whose released config.json names the same `model_type`; sizes are read from that file, ids
    of special tokens from the tokenizer beside it. A base, which knows no regions yet, is read as the start of a
    training: `design` names the preset whose parts it gets, and a warning lists what is new and untrained. `form`:
    `as_released` does what the released code does (and is meant for released weights when left out), `as_paper` what
    the paper says, "" what we recommend (and is meant for a base). `changes`: settings to change besides, part by part,
    such as `encoders=[{"box": "fixed"}]`. Code that the folder brings or asks for is never run.

    Raises `CheckpointError` for a design that is not known here, a base without `design` or with one of other parts, a
    config.json or tokenizer that lacks something, and weights that do not fit, naming them; `NotFound` for a form or
    setting that there is not.
    """
    home = Path(folder)
    released = read_json(home / CONFIG)
    for name in changes:
        if name not in SETTINGS:
            raise not_found("setting", name, SETTINGS)
    if base := bases.of(released):
        return _start(home, released, base, bases.design_for(base, design), dtype, form or "", changes)
    preset = preset_of(released)
    if preset is None:
        raise CheckpointError(
            f"{home} holds a model of the type {released.get('model_type')!r}; known are {', '.join(known_types())}, "
            f"and to train on {', '.join(bases.known())}"
        )
    if design:
        raise CheckpointError(f"{home} knows regions already, as {preset.__name__} does; leave design={design!r} out")
    settings = changed(preset.in_form(RELEASED if form is None else form), _sizes(home, released, preset))
    config = RegardConfig(**changed(settings, changes))
    tokenizer, _ = _tokenizer(home, config)
    return _made(config, tokenizer, fitted(config, tensors(home), preset), dtype)


def _start(
    home: Path,
    released: Mapping[str, Any],
    base: type[bases.Base],
    preset: type[Preset],
    dtype: torch.dtype,
    form: str,
    changes: Mapping[str, Any],
) -> tuple[RegardModel, RegardProcessor]:
    """Return model and processor of a design with the weights of a base in them, to begin a training with."""
    sizes = _sizes(home, released, base)
    weights = dict(base.whole(tensors(home)))
    words, head = bases.words(weights, base)
    tied = head is None or (words is not None and torch.equal(words, head))
    # The language model is the base's alone: what the preset's has beside may be of another kind.
    language = sizes["language"] | {"tie_word_embeddings": tied}
    settings = changed(preset.in_form(form), sizes) | {"language": language}
    config = RegardConfig(**changed(settings, changes))
    tokenizer, added = _tokenizer(home, config, new=True)
    weights = bases.with_rows(weights, base, len(tokenizer) - len(added), added.values())
    if words is not None:
        config.language = {**config.language, "vocab_size": len(bases.words(weights, base)[0])}
    model, processor = _made(config, tokenizer, fitted(config, weights.items(), base, new=bases.NEW), dtype)
    told = [name for name in model.state_dict() if name.startswith(bases.NEW)]
    told += [f"the word {token}" for token in added]
    warnings.warn(f"{home} knows no regions; new and untrained: {', '.join(told) or 'nothing'}", stacklevel=3)
    return model, processor


def _sizes(home: Path, released: Mapping[str, Any], layout: type[Layout]) -> dict[str, Any]:
    try:
        return layout.read(released)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{home / CONFIG} does not describe {layout.__name__}: {error!r}") from error


def _made(
    config: RegardConfig, tokenizer: PreTrainedTokenizerFast, weights: dict[str, Tensor], dtype: torch.dtype
) -> tuple[RegardModel, RegardProcessor]:
    model = RegardModel.from_pretrained(None, config=config, state_dict=weights, dtype=dtype)
    return model, RegardProcessor(tokenizer, config)


def preset_of(released: Mapping[str, Any]) -> type[Preset] | None:
    """Return the preset that a released config.json belongs to, or None."""
    inner = released.get("mllm_config")
    text = inner.get("text_config", inner) if isinstance(inner, Mapping) else released
    width = text.get("hidden_size") if isinstance(text, Mapping) else None
    return released_as(str(released.get("model_type") or ""), width if isinstance(width, int) else 0)


def _tokenizer(
    home: Path, config: RegardConfig, *, new: bool = False
) -> tuple[PreTrainedTokenizerFast, dict[str, int]]:
    """Return the tokenizer of a folder, and write the ids of its special tokens into the configuration.

    `new`: special tokens that the design adds may be missing; they are added, and come back with their ids.
    """
    kind = PreTrainedTokenizerFast if (home / "tokenizer.json").exists() else AutoTokenizer
    try:
        tokenizer = kind.from_pretrained(home, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{home} has no tokenizer that can be read: {error}") from error
    template = rooms.load("regard.prompts.templates", config.template, ChatTemplate)
    lacking = [token for token in template.specials if token not in tokenizer.get_vocab()]
    strange = [token for token in lacking if not (new and token in template.added)]
    if strange:
        raise CheckpointError(f"the tokenizer in {home} lacks {', '.join(strange)}, which {config.template} needs")
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in lacking], special_tokens=True)
    known = tokenizer.get_vocab()
    config.visual_token_id, config.region_token_id = known[template.visual], known[template.region]
    config.eos_token_id, config.pad_token_id = known[template.end], known[template.pad]
    config.heads = [_called(home, entry, known) for entry in config.heads]
    return tokenizer, {token: known[token] for token in lacking}


def _called(home: Path, entry: Mapping[str, Any], known: Mapping[str, int]) -> dict[str, Any]:
    """Return the settings of a task head with the ids that its tokens have in the tokenizer."""
    head = rooms.load(heads.ROOM, entry["name"], TaskHead)
    if head.trigger is None:
        return dict(entry)
    lacking = [token for token in (head.trigger, head.slot) if token not in known]
    if lacking:
        raise CheckpointError(f"the tokenizer in {home} lacks {', '.join(lacking)}, by which {entry['name']} is called")
    return {**entry, "trigger_id": known[head.trigger], "slot_id": known[head.slot]}


def fitted(
    config: RegardConfig, weights: Iterable[tuple[str, Tensor]], layout: type[Layout], new: tuple[str, ...] = ()
) -> dict[str, Tensor]:
    """Return published weights under our names, when they are just those of the model. What begins with one of
    `new` need not be there.

    Raises `CheckpointError` that lists names that are missing, not known here, or of another shape. Weights that the
    model shares under two names need one of them.
    """
    with torch.device("meta"):
        own = RegardModel(config).state_dict(keep_vars=True)
    found: dict[str, Tensor] = {}
    unknown: list[str] = []
    misfits: list[str] = []
    for name, tensor in layout.whole(weights):
        ours = layout.our_name(name)
        if ours not in own:
            unknown.append(name)
        elif own[ours].shape != tensor.shape:
            misfits.append(f"{name} is {tuple(tensor.shape)}, the model's is {tuple(own[ours].shape)}")
        else:
            found[ours] = tensor
    filled = {id(own[name]) for name in found}
    absent = [name for name, weight in own.items() if id(weight) not in filled]
    missing = sorted(layout.published_name(name) for name in absent if not name.startswith(new))
    wrong = {"missing": missing, "unknown": sorted(unknown), "of another shape": misfits}
    told = [f"{what}: {_some(names)}" for what, names in wrong.items() if names]
    if told:
        raise CheckpointError(f"the weights do not fit {layout.__name__}; " + "; ".join(told))
    return found


def _some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
