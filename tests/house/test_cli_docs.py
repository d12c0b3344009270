"""docs/cli.md is what `--help` prints."""

from pathlib import Path

import pytest

from regard.cli import _pages, main

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_of_commands_is_made_from_their_help():
    written = PAGE.read_text(encoding="utf-8")
    assert written == _pages.page(), "docs/cli.md is out of date: run `python -m regard.cli._pages docs/cli.md`"


def test_the_page_can_be_written(tmp_path):
    assert _pages.main([str(tmp_path / "cli.md")]) == 0
    assert (tmp_path / "cli.md").read_text(encoding="utf-8") == _pages.page()
    assert _pages.main([]) == 2


@pytest.mark.parametrize("command", ["list", "report", "train", "ask", "bench"])
def test_the_page_is_what_a_terminal_shows(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: regard {command} [options]")
    assert shown.splitlines()[0] in PAGE.read_text(encoding="utf-8").splitlines()
