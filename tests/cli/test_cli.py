"""The command line as a whole: help without torch, exit codes, quiet ends, doctor and list."""

import json
import re
import resource
import subprocess
import sys

import pytest

from regard import cli
from regard.cli import _main, doctor
from regard.cli import list as listing
from regard.core.errors import MissingDependency, PartialFailure

WATCHED = (
    "import sys; from regard.cli import main; code = main({words!r});"
    " heavy = {heavy!r} & set(sys.modules); print('HEAVY', sorted(heavy), code)"
)


def _heavy(words, heavy):
    program = WATCHED.format(words=words, heavy=set(heavy))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.splitlines()[-1]


def test_help_is_quick_and_imports_nothing_heavy():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "regard.cli", "--help"], capture_output=True, timeout=60, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3
    heavy = ["torch", "transformers", "numpy", "cv2", "av", "PIL", "rich"]
    assert _heavy(["--help"], heavy) == "HEAVY [] 0"


@pytest.mark.parametrize("words", [["ask", "--help"], ["list"], ["list", "encoders"], ["doctor", "--help"]])
def test_help_of_commands_and_lists_import_no_torch(words):
    assert _heavy(words, ["torch", "transformers"]) == "HEAVY [] 0"


def test_importing_the_package_and_its_verbs_imports_no_torch():
    program = "import regard, sys; regard.load, regard.Region, regard.Image; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


def test_the_overview_names_every_command(regard):
    code, out, _ = regard()
    assert code == 0 and all(f"\n  {name} " in out for name in _main.names())
    assert {"ask", "describe", "classify", "match", "doctor", "list"} <= set(_main.names())
    assert regard("--help")[1] == regard("help")[1] == out


@pytest.mark.parametrize("name", list(_main.names()))
def test_every_command_explains_itself(regard, name):
    code, out, _ = regard(name, "--help")
    assert code == 0 and out.startswith(f"usage: regard {name} [options]")


def test_the_version_is_told(regard):
    code, out, _ = regard("--version")
    assert code == 0 and re.fullmatch(r"regard \d+\.\d+\.\d+\n", out)


@pytest.mark.parametrize(
    ("words", "message"),
    [(["aks"], "Did you mean 'ask'"), (["--json", "ask"], "the command comes first"), (["_pages"], "no command")],
)
def test_an_unknown_command_names_the_nearest(regard, words, message):
    code, out, err = regard(*words)
    assert code == 2 and out == "" and message in err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            PartialFailure("2 of 9 failed", [("a.png", "no such file")]),
            3,
            "regard: 2 of 9 failed\n  a.png: no such file\n",
        ),
        (MissingDependency("needs torch: pip install torch"), 4, "regard: needs torch: pip install torch\n"),
        (KeyboardInterrupt(), 130, "regard: interrupted\n"),
        (PermissionError(13, "Permission denied", "out.png"), 2, "regard: out.png: Permission denied\n"),
        (SystemExit(0), 0, ""),
    ],
)
def test_errors_become_exit_codes(regard, monkeypatch, error, code, message):
    def fail(args):
        raise error

    monkeypatch.setattr(listing, "run", fail)
    assert regard("list") == (code, "", message)


def test_an_error_of_our_own_making_is_not_hidden(monkeypatch):
    def fail(args):
        raise ZeroDivisionError

    monkeypatch.setattr(listing, "run", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["list"])


def test_a_broken_pipe_is_quiet():
    program = "import sys; from regard.cli import main; sys.exit(main(['list', '--json']))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(timeout=60) == _main.BROKEN_PIPE
    assert told == b""


def test_error_messages_carry_no_control_codes(regard):
    _, _, err = regard("\x1b[31mask")
    assert "\x1b" not in err


@pytest.mark.parametrize("kind", list(listing.ROOMS))
def test_lists_have_a_line_about_each(regard, rows, kind):
    code, out, _ = regard("list", kind, "--json")
    assert code == 0
    for row in rows(out):
        assert row["name"] and row["summary"], row
    assert regard("list", kind)[0] == 0


def test_an_unknown_list_is_refused(regard):
    code, _, err = regard("list", "encoder")
    assert code == 2 and "encoders" in err


def test_the_doctor_reports_what_is_here(regard):
    code, out, _ = regard("doctor", "--json")
    report = json.loads(out)
    findings = {finding["name"]: finding for finding in report["findings"]}
    assert findings["numpy"]["state"] == "ok" and findings["torch"]["state"] == "ok"
    assert report["machine"]["threads"] >= 1 and report["exit_code"] == code
    assert (code == 0) is (findings["embedded model"]["state"] == "ok")


def test_the_doctor_names_the_line_that_mends(regard, monkeypatch):
    known = doctor.metadata.version

    def version(name):
        if name in ("numpy", "transformers", "torch", "peft"):
            raise doctor.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "pillow" else known(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    code, out, _ = regard("doctor")
    assert code == 4
    assert 'numpy: pip install "numpy' in out and "torch: pip install torch --index-url" in out
    assert 'pillow: pip install "pillow' in out
    assert 'peft (optional): pip install -c constraints.txt -e ".[train]"  (in a clone)' in out


def test_the_doctor_tells_a_package_that_does_not_load(monkeypatch):
    def fail(name):
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(doctor.importlib, "import_module", fail)
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "0.28.0")
    [finding] = doctor.torchvision()
    assert finding.state == doctor.BROKEN and finding.mend == "pip uninstall torchvision" and finding.needed


def test_the_doctor_brings_back_the_files_of_the_model_inside_from_the_clone(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.rooms, "folder", lambda room: tmp_path)
    (tmp_path / "config.json").write_text("{}")
    finding = doctor.embedded()
    assert finding.state == doctor.MISSING and "lacks model.safetensors, tokenizer.json" in finding.detail
    home = "src/regard/assets/embedded"
    restored = f"git restore {home}/model.safetensors {home}/tokenizer.json"
    assert finding.mend == f"{restored} && pip install --force-reinstall --no-deps -e .  (in a clone)"


def test_a_model_card_is_shown_by_its_first_sentence(tmp_path):
    (tmp_path / "README.md").write_text(
        "---\nlicense: apache-2.0\n---\n# A model\n\n| a |\n\nIt names colours.\nMore.\n"
    )
    assert doctor.headline(tmp_path) == "It names colours."
    assert doctor.headline(tmp_path / "none") == ""


def test_show_prints_parts_weights_tokens_and_sources(regard):
    code, told, _ = regard("show", "videorefer_7b_tiny")
    assert code == 0 and "object_tokens" in told and "a region takes 1 tokens on one frame, 4 on 4 frames" in told
    figure = json.loads(regard("show", "gar-1b", "--json")[1])
    assert figure["picture"] == [256, 4352] and figure["weights"] > 1.5e9
    assert "as released" in figure["sources"]["encoders"]


def test_show_draws_the_figure(regard, tmp_path):
    assert regard("show", "gar_1b_tiny", "--draw", str(tmp_path / "gar.svg"))[0] == 0
    assert (tmp_path / "gar.svg").read_text().count(">roi_replay<") == 2
    code, _, told = regard("show", "gar_1b_tiny", "--draw", str(tmp_path / "gar.png"))
    assert code == 2 and "should end in .svg" in told


def test_show_says_what_a_form_changes(regard):
    code, out, _ = regard("show", "videorefer_7b", "--form", "as_released")
    assert code == 0 and "as_released: encoders" in out and "'ties': 'as_released'" in out
    code, out, _ = regard("show", "gar_1b", "--form", "as_paper", "--json")
    assert json.loads(out)["form"] == "as_paper" and json.loads(out)["changed"] == {}
    code, _, err = regard("show", "omni_rgpt_7b", "--form", "as_released")
    assert code == 2 and "as_paper" in err


def test_show_names_the_nearest_preset(regard):
    code, _, told = regard("show", "gar_2b")
    assert code == 2 and "gar_1b" in told
