"""Imports point down only, in functions too; rooms in one row do not know each other; nothing goes in a circle."""

from source import imports, modules, room

ROWS = (
    ("cli",),
    ("server", "recipes"),
    ("train", "pipelines"),
    ("bench",),
    ("verbs",),
    ("backends",),
    ("segmenters",),
    ("models", "data"),
    ("prompts",),
    ("draw",),
    ("regions", "media"),
    ("core",),
)
ROW = {name: number for number, names in enumerate(ROWS) for name in names}
TORCH_ROOMS = {"models", "train", "recipes"}
TORCH_FILES = {"regard.backends.local", "regard.segmenters.sam2"}


def broken(row: dict[str, int], module: str, imported: set[str]) -> list[str]:
    here = room(module)
    others = {room(name) for name in imported if name.startswith("regard.")} - {here, "", "__version__"}
    return [f"{module} imports {other}" for other in sorted(others) if row.get(other, 99) <= row.get(here, -1)]


def test_imports_point_down():
    found = [
        line for name, (_, tree) in modules().items() if room(name) for line in broken(ROW, name, set(imports(tree)))
    ]
    assert found == []


def test_the_check_can_fail():
    assert broken(ROW, "regard.regions.box", {"regard.media.image"}) == ["regard.regions.box imports media"]
    assert broken(ROW, "regard.models.model", {"regard.train.loop"}) == ["regard.models.model imports train"]
    assert broken(ROW, "regard.train.loop", {"regard.models.model"}) == []


def test_every_room_has_its_row():
    rooms = {room(name) for name in modules()} - {"", "assets"}
    assert rooms <= set(ROW)


def test_torch_stays_in_its_rooms():
    heavy = [
        name
        for name, (_, tree) in modules().items()
        if any(imported.split(".")[0] in ("torch", "transformers", "safetensors") for imported in imports(tree))
        and room(name) not in TORCH_ROOMS
        and name not in TORCH_FILES
    ]
    assert heavy == []


def test_no_import_cycles():
    known = modules()
    graph = {
        name: {target for target in imports(tree, top_only=True) if target in known and target != name}
        for name, (_, tree) in known.items()
    }
    while leaves := [name for name, targets in graph.items() if not targets & graph.keys()]:
        for name in leaves:
            del graph[name]
    assert sorted(graph) == []
