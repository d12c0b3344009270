"""Small pieces: functions, files, nesting; and no error that is swallowed."""

import ast
import statistics

from source import FUNCTIONS, functions, modules

DEEPER = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)


def length(node) -> int:
    """Lines of code, the docstring aside."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(getattr(first, "value", None), ast.Constant)
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)


def depth(node, level=0) -> int:
    """How deep blocks are nested; an `elif` is not deeper than its `if`."""
    deepest = level
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, (*FUNCTIONS, ast.ClassDef)):
                continue
            chained = name == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
            deepest = max(deepest, depth(child, level + (isinstance(child, DEEPER) and not chained)))
    return deepest


def test_functions_are_short():
    lengths = {where: length(node) for where, node in functions()}
    assert {where: lines for where, lines in lengths.items() if lines > 60} == {}
    assert statistics.median(lengths.values()) <= 12


def test_files_are_short():
    lengths = {name: len(path.read_text().splitlines()) for name, (path, _) in modules().items()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_nesting_is_shallow():
    assert {where: deep for where, node in functions() if (deep := depth(node)) > 3} == {}


def test_no_error_is_swallowed():
    silent = [
        f"{name}:{node.lineno}"
        for name, (_, tree) in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert silent == []


def test_user_input_is_never_checked_by_assert():
    found = [
        f"{name}:{n.lineno}"
        for name, (_, tree) in modules().items()
        for n in ast.walk(tree)
        if isinstance(n, ast.Assert)
    ]
    assert found == []
