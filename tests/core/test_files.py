import pytest

from regard.core.errors import DataError
from regard.core.files import append_row, read_json, read_rows, write_atomic, write_rows, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")
    with pytest.raises(ZeroDivisionError):
        write_atomic(path, lambda file: 1 / 0)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_a_torn_last_row_is_skipped_and_the_next_row_is_whole(tmp_path):
    path = write_rows(tmp_path / "rows.jsonl", [{"n": 1}])
    with path.open("ab") as file:
        file.write(b'{"n": 2, "te')
    assert list(read_rows(path)) == [{"n": 1}]
    append_row(path, {"n": 3})
    with pytest.raises(DataError, match="rows.jsonl:2"):
        list(read_rows(path))


def test_errors_name_file_and_line(tmp_path):
    with pytest.raises(DataError, match="rows.jsonl:2: expected a JSON object, found list"):
        list(read_rows(write_text(tmp_path / "rows.jsonl", '{"n": 1}\n[2]\n')))
    with pytest.raises(DataError, match="a.json:1"):
        read_json(write_text(tmp_path / "a.json", "{"))
