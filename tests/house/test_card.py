"""The card of the model inside is written from reports, and from nothing else."""

import importlib.util
import re
from pathlib import Path

from regard.core.files import write_json

ROOT = Path(__file__).parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("write_card", ROOT / "tools" / "write_card.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _figure(name, value):
    return {"name": name, "items": 200, "value": value, "low": value - 0.05, "high": value + 0.05}


def test_both_looks_stand_side_by_side_with_their_goal(tmp_path):
    for look, values in {"once": (0.684, 0.87), "twice": (0.795, 0.917)}.items():
        figures = [
            _figure("locate", values[0]),
            _figure("locate, not there", values[1]),
            _figure("choose, from 2", 0.5),
        ]
        write_json(tmp_path / look / "report.json", {"figures": figures})
    rows = _tool().looks(tmp_path).splitlines()[2:]
    assert rows == [
        "| locate | 200 | 68.4 | 63.4 - 73.4 | 79.5 | 74.5 - 84.5 | 85, short |",
        "| locate, not there | 200 | 87.0 | 82.0 - 92.0 | 91.7 | 86.7 - 96.7 | 90, reached |",
        "| choose, from 2 | 200 | 50.0 | 45.0 - 55.0 | 50.0 | 45.0 - 55.0 |  |",
    ]


def test_earlier_skills_stand_in_the_order_of_the_card_without_their_parts(tmp_path):
    gap = {"items": 4000, "value": 0.046, "low": 0.034, "high": 0.058, "better": 370, "worse": 186}
    gaps = [{"figure": name} | gap for name in ("choose", "choose, from 2", "colour")]
    write_json(tmp_path / "paired.json", {"paired": {"after": gaps}})
    rows = _tool().paired(tmp_path / "paired.json").splitlines()[2:]
    assert rows == [f"| {name} | 4000 | +4.6 | +3.4 to +5.8 | 370 | 186 |" for name in ("colour", "choose")]


def test_the_card_beside_the_weights_is_that_of_the_documents():
    card = (ROOT / "docs" / "model_card.md").read_text(encoding="utf-8")
    beside = (ROOT / "src" / "regard" / "assets" / "embedded" / "README.md").read_text(encoding="utf-8")
    assert beside == re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", card)
