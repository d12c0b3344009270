"""Tiny official files, written by hand as each benchmark's publisher writes them.

A maker takes a folder, fills it, and returns a `Made`. `FILES` names the maker of each benchmark.
"""

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from regard.media.clip import Clip
from regard.media.image import Image

SIZE = (40, 20)


@dataclass
class Made:
    """What a tiny benchmark holds. perfect: the right answer to an item, as its output file holds it; empty: none.

    most: what perfect answers score, by figure (1 where nothing is said). settings: what to measure. regions: how many
    each question points at.
    """

    items: int
    perfect: Callable[[Any], Any] = lambda item: item.answer
    empty: Any = ""
    settings: dict[str, Any] = field(default_factory=dict)
    regions: int = 1
    most: dict[str, float] = field(default_factory=dict)
    output: str = "out.json"


def say(folder, name, content, rows=None, lines=False):
    """Write a JSON or JSONL file, and that it is made."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, content)) + "\n" if lines else json.dumps(content))
    made = path.parent / "made.json"
    known = json.loads(made.read_text())["rows"] if made.exists() else {}
    made.write_text(json.dumps({"rows": known | {name.rsplit("/", 1)[-1]: len(content) if rows is None else rows}}))


def picture(folder, name, seed=0):
    """Save a picture of random pixels."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    Image.from_array(pixels).save(path)


def clip(folder, name, frames=6, fps=2.0):
    """Save a clip of random pixels."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(frames).integers(0, 255, (frames, SIZE[1] * 2, SIZE[0] * 2, 3), dtype=np.uint8)
    Clip.from_frames(pixels, times=(np.arange(frames) / fps).tolist()).save(path)


def visual_genome_captions(folder):
    """Three phrases for boxes in two pictures; two of them the same."""
    said = [("a red cup on a table", [0, 0, 10, 8]), ("the brown dog", [4, 4, 20, 10]), ("the brown dog", [6, 4, 9, 9])]
    rows = [
        {"image": [f"VG/{n // 2}.png"], "height": 20, "width": 40, "caption": caption, "mask": None, "boxes": [box]}
        for n, (caption, box) in enumerate(said)
    ]
    rows[2]["image"] = rows[1]["image"] = ["VG/0.png"]
    say(folder, "vg_val_5000.json", rows)
    picture(folder, "VG/0.png")
    return Made(3)


def _names(folder, name, named):
    rows = [
        {
            "file_name": f"{place}.png",
            "height": 20,
            "width": 40,
            "categories": list(names),
            "annotations": [{"segmentation": [[n, 0, n + 9, 0, n + 9, 9, n, 9]]} for n in range(len(names))],
        }
        for place, names in enumerate(named)
    ]
    say(folder, name, rows, rows=sum(map(len, named)))
    for row in rows:
        picture(folder, row["file_name"])


def lvis_open(folder):
    """Three objects in two pictures."""
    _names(folder, "lvis_val_1k_category.json", [["cup", "traffic_light"], ["dog"]])
    return Made(3, lambda item: item.answer.replace("_", " "))


def paco_open(folder):
    """Two objects and a part; what perfect answers score is the same by both protocols but for the part."""
    _names(folder, "paco_val_1k_category.json", [["mug", "mug:handle"], ["drill"]])
    return Made(3, most={"semantic IoU (Osprey)": 2.5 / 3})


def coco_regions(folder):
    """Four boxes of three names in two pictures, and a crowd."""
    things = [(1, 1, [0, 0, 10, 10]), (1, 2, [20, 2, 10, 10]), (2, 3, [5, 5, 30, 12]), (2, 1, [1, 1, 8, 8])]
    rows = [
        {"id": 50 + n, "image_id": image, "category_id": name, "bbox": box, "iscrowd": 0}
        for n, (image, name, box) in enumerate(things)
    ]
    rows.append({"id": 90, "image_id": 1, "category_id": 1, "bbox": [0, 0, 40, 20], "iscrowd": 1})
    categories = [{"id": number, "name": name} for number, name in ((1, "cup"), (2, "wine glass"), (3, "dog"))]
    images = [{"id": number, "file_name": f"{number:012d}.jpg"} for number in (1, 2)]
    content = {"images": images, "categories": categories, "annotations": rows}
    say(folder, "instances_val2017.json", content, rows=5)
    for image in images:
        picture(folder, f"val2017/{image['file_name']}")
    return Made(4, most={"mAP": 1.0})


def hc_stvg_captions(folder):
    """Two people in two clips, one of them seen late."""
    rows = {
        f"{n}_clip.mp4": {
            "bbox": [[4 + n, 6, 20, 30]] * (3 - n),
            "st_frame": 1 + 2 * n,
            "img_num": 6,
            "width": 80,
            "height": 40,
            "caption": ["The man in brown pours it out.", "A girl gets up and leaves the room."][n],
        }
        for n in range(2)
    }
    say(folder, "test.json", rows)
    for n, name in enumerate(rows):
        clip(folder, f"video/part{n}/{name}")
    return Made(2, output="out.jsonl")


def vid_stg_captions(folder):
    """Three sentences about two things in a clip."""
    rows = [
        {
            "vid": "77",
            "temporal_gt": {"begin_fid": 1, "end_fid": 3},
            "captions": [{"description": said, "target_id": target} for said, target in sentences],
        }
        for sentences in ([("a child in red runs", 0)], [("there is a small dog", 1), ("a dog next to a child", 1)])
    ]
    boxes = [
        [{"tid": tid, "bbox": {"xmin": 2, "ymin": 3 + tid, "xmax": 20 + frame, "ymax": 30}} for tid in (0, 1)]
        for frame in range(6)
    ]
    say(folder, "test_annotations.json", rows)
    (folder / "validation" / "1001").mkdir(parents=True)
    (folder / "validation" / "1001" / "77.json").write_text(json.dumps({"trajectories": boxes}))
    clip(folder, "video/1001/77.mp4")
    return Made(3)


def bensmot_captions(folder):
    """Two people in a clip of three frames."""
    home = folder / "test" / "playing" / "abc_0"
    (home / "gt").mkdir(parents=True)
    (home / "gt" / "gt.txt").write_text("1,1,2,3,10,10,1,1,1\n2,1,3,3,10,10,1,1,1\n2,2,20,3,10,12,1,1,1\n")
    said = "woman0: A woman in red throws a ball.\nman0: A man waits: he is tall.\n"
    (home / "instance_captions.txt").write_text(said)
    for frame in (1, 2, 3):
        picture(folder, f"test/playing/abc_0/imgs/{frame:03d}.png", frame)
    return Made(2)


def elysium_captions(folder):
    """Two things in clips of two frames."""
    rows = [
        {
            "vid": str(n),
            "id": n,
            "frames": [f"frames/{n}/{frame:06d}.png" for frame in range(2)],
            "box": [[0.1, 0.2, 0.5 + n / 10, 0.9], [0.2, 0.2, 0.6, 0.9]],
            "object_description": ["running brown dog", "the cap"][n],
            "frame_size": [40, 20],
        }
        for n in range(2)
    ]
    say(folder, "ElysiumTrack-val500.json", rows, lines=True)
    for name in (name for row in rows for name in row["frames"]):
        picture(folder, name)
    return Made(2)


def vcr(folder):
    """Two questions about two people."""
    choices = [[[0], "waits", "for", [1], "."], ["Nothing", "."], [[1], "'s", "late", "."], ["They", "leave", "."]]
    rows = [
        {
            "annot_id": f"val-{n}",
            "img_fn": f"movie/{n}@0.png",
            "metadata_fn": f"movie/{n}@0.json",
            "objects": ["person", "person"],
            "question": ["Why", "is", [n], "near", [1 - n], "?"],
            "answer_choices": choices,
            "rationale_choices": choices[::-1],
            "answer_label": n,
            "rationale_label": 2 + n,
        }
        for n in range(2)
    ]
    shapes = {"boxes": [[1, 1, 9, 9, 0.9], [20, 2, 38, 18, 0.8]], "segms": [[[[1, 1], [9, 1], [9, 9]]], []]}
    say(folder, "val.jsonl", rows, lines=True)
    for row in rows:
        picture(folder, f"vcr1images/{row['img_fn']}")
        (folder / "vcr1images" / row["metadata_fn"]).write_text(json.dumps(shapes))
    return Made(4, regions=2, most={"Q→AR": 1.0})


def causal_vidqa(folder):
    """The six questions of two clips."""
    kinds = ("descriptive", "explanatory", "predictive", "counterfactual")
    for n in range(2):
        home = folder / "QA" / f"clip_{n}"
        home.mkdir(parents=True)
        options = ["[person_1] runs.", "It rains.", "Nothing.", "A dog barks.", "They sing."]
        text = {kind: {"question": f"{kind}?", "answer": options, "reason": options[::-1]} for kind in kinds}
        answer = {kind: {"answer": n, "reason": 3 - n} for kind in kinds}
        (home / "text.json").write_text(json.dumps(text))
        (home / "answer.json").write_text(json.dumps(answer))
        clip(folder, f"video/clip_{n}.mp4")
    say(folder, "split/valid.pkl", [])
    (folder / "split" / "valid.pkl").write_bytes(pickle.dumps(["clip_0", "clip_1"]))
    (folder / "split" / "made.json").write_text(json.dumps({"rows": {"split/valid.pkl": 2}}))
    return Made(12, regions=0, most={"P": 1.0, "C": 1.0, "Acc@All": 1.0})


def mmiu(folder):
    """Three questions of two tasks about two pictures each, of unequal size."""
    rows = [
        {
            "task": ["person_reid", "mevis", "mevis"][n],
            "question": "Which is it?",
            "context": f"Look at the pictures, {n}.",
            "options": "A: a cup\nB: the dog\nC: none of them",
            "output": "ABC"[n],
            "input_image_path": [f"./re/{n}_{k}.png" for k in range(2)],
        }
        for n in range(3)
    ]
    say(folder, "all.json", rows)
    for row in rows:
        for name in row["input_image_path"]:
            picture(folder, name)
    return Made(3, regions=0, most={"Overall": 1.0})


def refcoco_choice(folder):
    """Two expressions in a picture with two proposals, and one in a picture where none fits."""
    home = folder / "refcocog"
    boxes = {101: (7, [0, 0, 10, 10]), 102: (7, [20, 4, 10, 10]), 103: (8, [0, 0, 30, 20])}
    refs = [
        {
            "ref_id": ann,
            "ann_id": ann,
            "image_id": image,
            "file_name": f"{ann}.jpg",
            "split": "val",
            "sentences": [{"sent_id": 10 * ann, "sent": f"thing {ann}"}],
        }
        for ann, (image, _) in boxes.items()
    ]
    instances = {
        "images": [{"id": number, "file_name": f"{number}.png", "width": 40, "height": 20} for number in (7, 8)],
        "annotations": [{"id": ann, "bbox": box} for ann, (_, box) in boxes.items()],
    }
    found = [(7, [0, 0, 9, 10]), (7, [20, 4, 10, 9]), (8, [30, 10, 5, 5])]
    detections = [{"image_id": image, "box": box, "score": 0.5} for image, box in found]
    say(folder, "refcocog/instances.json", instances)
    (home / "refs(umd).p").write_bytes(pickle.dumps(refs))
    (home / "made.json").write_text(json.dumps({"rows": {"refcocog/refs(umd).p": 3}}))
    (home / "res101_coco_minus_refer_notime_dets.json").write_text(json.dumps(detections))
    for number in (7, 8):
        picture(folder, f"train2014/{number}.png")
    return Made(3, settings={"skills": ("refcocog_val",)}, regions=2)


def ref_l4(folder):
    """Four expressions in two splits; needs pyarrow."""
    write_parquet = pytest.importorskip("regard.bench._parquet").write_parquet
    pytest.importorskip("pyarrow")
    for split, numbers in (("val", (1, 2)), ("test", (3, 4))):
        rows = [
            {
                "id": f"{number:06d}",
                "caption": f"the {number}th long expression",
                "bbox": [number, 0.0, 10.0 * number, 9.5],
                "file_name": f"{split}/{number}.png",
                "width": 40,
                "height": 20,
            }
            for number in numbers
        ]
        write_parquet(folder / f"ref-l4-{split}.parquet", rows)
        for number in numbers:
            picture(folder, f"images/{split}/{number}.png")
    (folder / "made.json").write_text(json.dumps({"rows": {"ref-l4-val.parquet": 2, "ref-l4-test.parquet": 2}}))
    return Made(4, lambda item: item.truth["box"], empty=[], regions=0)


FILES = {
    maker.__name__: maker
    for maker in (
        visual_genome_captions,
        lvis_open,
        paco_open,
        ref_l4,
        coco_regions,
        hc_stvg_captions,
        vid_stg_captions,
        bensmot_captions,
        elysium_captions,
        vcr,
        causal_vidqa,
        mmiu,
        refcoco_choice,
    )
}
