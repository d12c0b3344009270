"""What is public is typed and documented; what is listed exists; what ships says nothing of how it was made."""

import ast
import re
import subprocess
import sys
import time

import pytest
from source import FUNCTIONS, PACKAGE, ROOT, modules

import regard
from regard.core import rooms

FORBIDDEN = re.compile(
    r"(^|[^\w.])/(work|farm|root)/|\b(this session|subagent|steering repo|tool library)\b", re.IGNORECASE
)
TEXTS = (".py", ".md", ".toml", ".txt", ".cff", ".json", "")


def public(tree: ast.Module):
    """Yield the public functions, classes and methods of a module."""
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (n for n in node.body if isinstance(n, FUNCTIONS) and not n.name.startswith("_"))


def test_public_names_are_documented():
    missing = [
        f"{name}:{node.lineno} {node.name}"
        for name, (_, tree) in modules().items()
        for node in public(tree)
        if not ast.get_docstring(node)
    ]
    assert missing == []
    assert [name for name, (_, tree) in modules().items() if not ast.get_docstring(tree)] == []


def test_public_functions_are_typed():
    bare = []
    for name, (_, tree) in modules().items():
        for node in public(tree):
            if isinstance(node, ast.ClassDef):
                continue
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            untyped = [one.arg for one in given if one.annotation is None and one.arg not in ("self", "cls")]
            if untyped or node.returns is None:
                bare.append(f"{name}:{node.lineno} {node.name} {untyped}")
    assert bare == []


def test_every_exported_name_exists():
    for name in regard.__all__:
        assert getattr(regard, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'loda'"):
        regard.loda  # noqa: B018


def test_importing_regard_needs_no_torch():
    code = "import sys, regard; regard.Region; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_needs_no_torch():
    code = "import sys; from regard.cli import main; main(['--help']); assert not {'torch', 'cv2'} & set(sys.modules)"
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert time.perf_counter() - begun < 30


@pytest.mark.parametrize(
    "room", ["regard.models.encoders", "regard.recipes", "regard.verbs", "regard.regions.formats", "regard.bench"]
)
def test_every_name_has_a_summary(room):
    for name in rooms.names(room):
        assert rooms.summary(room, name), f"{room}.{name} needs a docstring whose first line says what it is"


def test_the_repository_speaks_of_the_product_alone():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    files = [ROOT / line for line in listed.stdout.splitlines()] or list(PACKAGE.rglob("*"))
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        if path.suffix in TEXTS and path.is_file() and path.name != "test_public.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_a_weights_file_is_small_enough_for_the_package():
    weights = list(PACKAGE.rglob("*.safetensors"))
    assert sum(path.stat().st_size for path in weights) <= 16 * 2**20


def test_links_of_the_readme_exist():
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text())
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
