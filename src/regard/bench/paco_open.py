"""PACO, open category: what a mask is, in the model's own words, where it may be a part of a thing.

The 4,263 objects and parts in 1,000 pictures that Osprey chose (Yuan et al. 2024, section 5). A part's name is
"thing:part". The two protocols, semantic similarity and the files are those of `lvis_open`. Of "mug:handle" Osprey
keeps what stands behind the colon, so that it scores 1/2; PixelRefer keeps both, and asked for both.
"""

from __future__ import annotations

from regard.bench import _open_names
from regard.bench._base import Card, OfficialFile
from regard.prompts.tasks import classify

FILE = OfficialFile("paco_val_1k_category.json", "", 4_263)


class PacoOpen(_open_names.OpenNames):
    """Names of PACO's objects and parts."""

    card = Card(
        items="4,263",
        metric=_open_names.METRIC,
        licence="not known (PACO: MIT); pictures of COCO 2017",
        source=f"{_open_names.SOURCE}, {FILE.name}",
        files=(FILE,),
    )
    file = FILE
    question = f"{classify()} Of a part of a thing, say the thing and the part, as in 'mug:handle'."
