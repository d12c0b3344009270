"""The pages about benchmarks are what the code says."""

import pytest
from source import ROOT

from regard.bench import _base, _pages

DOCS = ROOT / "docs"
STALE = "out of date: run `python -m regard.bench._pages docs`"


def test_the_table_is_made_from_the_cards():
    written = (DOCS / "bench.md").read_text(encoding="utf-8")
    assert written == _pages.with_table(written), STALE


@pytest.mark.parametrize("name", _base.names())
def test_the_page_of_a_benchmark_is_made_from_its_code(name):
    assert (DOCS / "bench" / f"{name}.md").read_text(encoding="utf-8") == _pages.page(_base.load(name)), STALE


def test_the_pages_can_be_written(tmp_path):
    (tmp_path / "bench.md").write_text(f"before\n{_pages.FIRST}\nold\n{_pages.LAST}\nafter\n")
    assert _pages.main([str(tmp_path)]) == 0
    text = (tmp_path / "bench.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert {path.stem for path in (tmp_path / "bench").iterdir()} == set(_base.names())
    assert _pages.main([]) == 2
