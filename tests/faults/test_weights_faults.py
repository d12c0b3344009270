"""Weights that are pickles, damaged, half there, of another design, or that ask for code to be run."""

import json
import pickle
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

import regard
from regard.core.errors import CheckpointError
from regard.models import published
from tiny_model import model

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path):
    """A whole model folder."""
    made, processor = model()
    made.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    return tmp_path


def change(folder, **tensors):
    weights = load_file(folder / WEIGHTS)
    save_file({name: value for name, value in (weights | tensors).items() if value is not None}, folder / WEIGHTS)


class Trap:
    """What a pickle runs when it is read."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return open, (str(self.file), "w")


def test_pickles_are_neither_read_nor_run(folder):
    (folder / WEIGHTS).unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(folder / "ran")))
    with pytest.raises(CheckpointError, match="pytorch_model.bin, pickles that this package does not open"):
        regard.load(folder)
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("length", [2**62, 2**40, 10**8])
def test_a_header_that_claims_to_be_huge_is_refused(folder, length):
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(CheckpointError, match="not whole"):
        regard.load(folder)


@pytest.mark.parametrize("kept", [0, 5, 300, -1])
def test_half_a_download_is_refused(folder, kept):
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[:kept])
    with pytest.raises(CheckpointError, match="fetch it again"):
        regard.load(folder)


def test_a_missing_shard_is_named(folder):
    (folder / published.INDEX).write_text(json.dumps({"weight_map": {"a": WEIGHTS, "b": "model-00002.safetensors"}}))
    with pytest.raises(CheckpointError, match="model-00002.safetensors, not there; finish the download"):
        regard.load(folder)


def test_a_shard_outside_the_folder_is_not_opened(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "weights.safetensors"
    save_file({"a": torch.zeros(1)}, elsewhere)
    (folder / published.INDEX).write_text(json.dumps({"weight_map": {"a": str(elsewhere)}}))
    with pytest.raises(CheckpointError, match="weights.safetensors, not there"):
        regard.load(folder)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"connector.linear_1.bias": None}, "connector.linear_1.bias"),
        ({"connector.linear_9.bias": torch.zeros(3)}, "connector.linear_9.bias"),
        ({"connector.linear_1.bias": torch.zeros(3)}, "connector.linear_1.bias"),
        ({"connector.linear_1.bias": torch.zeros(32, dtype=torch.int64)}, "connector.linear_1.bias is I64"),
    ],
)
def test_weights_that_are_missing_or_do_not_belong_are_named(folder, wrong, said):
    change(folder, **wrong)
    with pytest.raises(CheckpointError, match=said):
        regard.load(folder)


def test_a_configuration_that_asks_for_code_gets_none_run(folder):
    settings = json.loads((folder / "config.json").read_text())
    settings["auto_map"] = {"AutoModel": "modeling_trap.Model", "AutoConfig": "modeling_trap.Config"}
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "modeling_trap.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")
    assert regard.load(folder).model is not None
    assert not (folder / "ran").exists()


@pytest.fixture
def cached(folder, tmp_path_factory, monkeypatch):
    """The folder as the hub's cache keeps it: files by the hash of their bytes, links by their names."""
    from hashlib import sha256

    from huggingface_hub import constants

    cache = tmp_path_factory.mktemp("cache")
    home = cache / "models--someone--small"
    snapshot, blobs = home / "snapshots" / "abc", home / "blobs"
    for path in (snapshot, blobs, home / "refs"):
        path.mkdir(parents=True)
    (home / "refs" / "main").write_text("abc")
    for file in folder.iterdir():
        blob = blobs / sha256(file.read_bytes()).hexdigest()
        blob.write_bytes(file.read_bytes())
        (snapshot / file.name).symlink_to(blob)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    return snapshot


def test_what_the_cache_holds_is_loaded_and_can_be_verified(cached):
    assert regard.load("someone/small", verify=True).model is not None


def test_bytes_that_changed_in_the_cache_are_found_out(cached):
    blob = (cached / WEIGHTS).resolve()
    blob.write_bytes(blob.read_bytes()[:-4] + b"abcd")
    with pytest.raises(CheckpointError, match="model.safetensors is not what was published"):
        regard.load("someone/small", verify=True)


def test_a_file_that_is_still_being_fetched_is_not_used(cached):
    (cached / WEIGHTS).unlink()
    with pytest.raises(CheckpointError, match="has no .safetensors file"):
        regard.load("someone/small")
