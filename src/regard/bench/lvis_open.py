"""LVIS, open category: what a mask is, in the model's own words, against its name among 1,203.

The 4,004 objects in 1,000 pictures that Osprey chose (Yuan et al. 2024, section 5). Semantic IoU is the IoU of the sets
of words. Two published protocols read answers differently; both are shown, and their figures do not compare:

- Osprey: of an answer with a colon, what stands behind the first; full stops, colons and commas are spaces, in the name
  underscores and colons are. It asked at temperature 0.2; here models answer greedily.
- PixelRefer: in both, underscores, colons, commas, full stops and brackets are spaces.

Semantic similarity, the cosine of sentence embeddings, is taken where the folder of the model all-MiniLM-L6-v2 lies in
`--data`, needs `pip install sentence-transformers`, and is unverified. Output files are PixelRefer's: rows with
`image`, `Answer` (the name) and `pred`, in any order. Pictures are in `train2017`, `val2017` or the folder.
"""

from __future__ import annotations

from regard.bench import _open_names
from regard.bench._base import Card, OfficialFile
from regard.prompts.tasks import classify

FILE = OfficialFile("lvis_val_1k_category.json", "", 4_004)


class LvisOpen(_open_names.OpenNames):
    """Names of LVIS's objects."""

    card = Card(
        items="4,004",
        metric=_open_names.METRIC,
        licence="not known (LVIS: CC BY 4.0); pictures of COCO 2017",
        source=f"{_open_names.SOURCE}, {FILE.name}",
        files=(FILE,),
    )
    file = FILE
    question = classify()
