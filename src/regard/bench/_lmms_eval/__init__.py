"""lmms-eval, both ways: Regard's models as a plug-in (`--model regard`), and region tasks as a folder that it includes.

This file is what the entry point `lmms_eval.models` names; it imports neither torch nor a model.
"""

from __future__ import annotations

from typing import Any

HOME = "regard.bench._lmms_eval.model"


def manifests() -> list[Any]:
    """Return what lmms-eval's registry needs to know: `regard` reads regions from the row, `regard_drawn` sees them
    drawn on the picture, as any other model does.
    """
    from lmms_eval.models.registry_v2 import ModelManifest

    return [
        ModelManifest(model_id="regard", simple_class_path=f"{HOME}.Regard"),
        ModelManifest(model_id="regard_drawn", simple_class_path=f"{HOME}.RegardDrawn"),
    ]
