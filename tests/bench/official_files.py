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
from regard.regions import rle
from regard.regions.formats import davis

SIZE = (40, 20)


@dataclass
class Made:
    """What a tiny benchmark holds. perfect: the right answer to an item, as its output file holds it; empty: none.

    most: what perfect answers score, by figure (1 where nothing is said). settings: what to measure. regions: how many
    each question points at. output: the name of the output file or folder. blank: empty answers can be read.
    """

    items: int
    perfect: Callable[[Any], Any] = lambda item: item.answer
    empty: Any = ""
    settings: dict[str, Any] = field(default_factory=dict)
    regions: int = 1
    most: dict[str, float] = field(default_factory=dict)
    output: str = "out.json"
    blank: bool = False


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


def _square(left, frame=0):
    """A mask of 8 x 8 pixels that moves right."""
    mask = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
    mask[4:12, left + frame : left + 8 + frame] = True
    return mask


NOTHING = {"masks": {f"{frame:05d}": rle.encode(np.zeros((SIZE[1], SIZE[0]))) for frame in range(4)}}


def _all_masks(item):
    return {"masks": dict(zip(item.truth["frames"], item.truth["masks"], strict=True))}


def mevis(folder):
    """Three expressions in two clips; one means two things."""
    names = [f"{frame:05d}" for frame in range(4)]
    masks = {str(left): [rle.encode(_square(left, frame)) for frame in range(4)] for left in (0, 10, 22)}
    masks["10"][0] = None
    said = {"a1": {"0": ("the one that moves", [0]), "1": ("both", [10, 22])}, "b2": {"0": ("the last", [22])}}
    videos = {
        clip: {
            "frames": names,
            "expressions": {number: {"exp": text, "anno_id": things} for number, (text, things) in rows.items()},
        }
        for clip, rows in said.items()
    }
    say(folder, "meta_expressions.json", {"videos": videos}, rows=2)
    say(folder, "mask_dict.json", masks)
    for clip in said:
        for name in names:
            picture(folder, f"JPEGImages/{clip}/{name}.png")
    return Made(3, _all_masks, NOTHING, regions=0, output="out", blank=True)


def davis_2017(folder):
    """Two things in one clip and one in another."""
    for clip, lefts in (("bear", (0, 20)), ("dog", (10,))):
        for frame in range(4):
            pixels = np.zeros((SIZE[1], SIZE[0]), dtype=np.uint8)
            for number, left in enumerate(lefts, start=1):
                pixels[_square(left, frame)] = number
            (folder / "Annotations/480p" / clip).mkdir(parents=True, exist_ok=True)
            davis.write_numbers(folder / "Annotations/480p" / clip / f"{frame:05d}.png", pixels)
            picture(folder, f"JPEGImages/480p/{clip}/{frame:05d}.png")
    (folder / "ImageSets/2017").mkdir(parents=True)
    (folder / "ImageSets/2017/val.txt").write_text("bear\ndog\n")
    (folder / "ImageSets/2017/made.json").write_text(json.dumps({"rows": {"ImageSets/2017/val.txt": 2}}))
    return Made(3, _all_masks, output="out")


def ref_youtube_vos(folder):
    """Two expressions of the training split in a clip with two things."""
    names = ["00000", "00005", "00010"]
    said = {"0": {"exp": "the one on the left", "obj_id": "1"}, "1": {"exp": "the other", "obj_id": "2"}}
    videos = {"c0": {"frames": names, "expressions": said}}
    say(folder, "meta_expressions/train/meta_expressions.json", {"videos": videos}, rows=1)
    (folder / "train/Annotations/c0").mkdir(parents=True)
    (folder / "meta_expressions/train/made.json").write_text(json.dumps({"rows": {}}))
    for frame, name in enumerate(names):
        pixels = np.zeros((SIZE[1], SIZE[0]), dtype=np.uint8)
        pixels[_square(0, frame)], pixels[_square(20, frame)] = 1, 2
        davis.write_numbers(folder / f"train/Annotations/c0/{name}.png", pixels)
        picture(folder, f"train/JPEGImages/c0/{name}.png")
    return Made(2, _all_masks, settings={"skills": ("train",)}, regions=0, output="out")


def _boxes(item):
    return [list(box) for box in item.truth["boxes"]]


def lasot(folder):
    """Two clips of three frames, one with a hidden frame; the first frame counts as right."""
    boxes = {"cat-1": [[1, 2, 10, 8], [2, 2, 10, 8], [3, 2, 10, 8]], "dog-2": [[20, 4, 12, 9], [21, 4, 12, 9]]}
    for name, rows in boxes.items():
        home = folder / name.partition("-")[0] / name
        for frame in range(len(rows)):
            picture(folder, f"{home.relative_to(folder)}/img/{frame + 1:08d}.png")
        (home / "groundtruth.txt").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
        (home / "full_occlusion.txt").write_text(",".join("0" * len(rows)))
        (home / "out_of_view.txt").write_text(",".join("0" * len(rows)))
    (folder / "testing_set.txt").write_text("cat-1\ndog-2\n")
    (folder / "made.json").write_text(json.dumps({"rows": {"testing_set.txt": 2}}))
    most = {"success": 20 / 21, "success (GOT-10k toolkit)": 20 / 21}
    return Made(2, lambda item: [list(map(float, box)) for box in _boxes(item)], [], most=most, output="out")


def got10k(folder):
    """Two clips; the thing is hidden on one frame."""
    for n, name in enumerate(("GOT-10k_Val_000001", "GOT-10k_Val_000002")):
        for frame in range(3):
            picture(folder, f"{name}/{frame + 1:08d}.png")
        (folder / name / "groundtruth.txt").write_text(f"{n + 1},2,10,8\n{n + 9},2,10,8\n{20 * n + 3},2,10,8\n")
        (folder / name / "cover.label").write_text("8\n8\n" + "05"[n] + "\n")
        (folder / name / "meta_info.ini").write_text("[METAINFO]\nresolution: (40, 20)\n")
    (folder / "list.txt").write_text("GOT-10k_Val_000001\nGOT-10k_Val_000002\n")
    (folder / "made.json").write_text(json.dumps({"rows": {"list.txt": 2}}))
    return Made(2, lambda item: [list(map(float, box)) for box in _boxes(item)], [], output="out")


def ferret_bench(folder):
    """Two questions of each kind; those about regions name one."""
    for kind, home in (("refer_desc", "refer_caption"), ("refer_reason", "refer_reason")):
        head = [{"question_id": n, "image": f"{n:012d}.png", "category": kind} for n in (0, 2)]
        said = ["What is [0.250, 0.100, 0.750, 0.900] for?", "Why is the dog [0.0, 0.0, 0.5, 0.5] wet?"]
        say(
            folder,
            f"{home}/question.jsonl",
            [row | {"text": text} for row, text in zip(head, said, strict=True)],
            lines=True,
        )
        say(
            folder, f"{home}/answer.jsonl", [row | {"text": f"It is {row['question_id']}."} for row in head], lines=True
        )
        say(folder, f"{home}/context.jsonl", [row | {"text": "cup: [0.2, 0.1, 0.8, 0.9]"} for row in head], lines=True)
        counts = {f"{home}/{name}.jsonl": 2 for name in ("question", "answer", "context")}
        (folder / home / "made.json").write_text(json.dumps({"rows": counts}))
    for number in (0, 2):
        picture(folder, f"val2017/{number:012d}.png")
    return Made(4, settings={"skills": ("refer_desc", "refer_reason")}, output="out.jsonl")


def mdvp_bench(folder):
    """Three regions of two groups."""
    names = ("android_QA", "natural_brief_caption", "natural_brief_caption")
    rows = [
        {
            "image_path": f"{name}/images/{n}.png",
            "mask_rle": rle.encode(_square(3 * n)),
            "dataset_name": name,
            "question": "Describe it.",
            "caption": f"A thing called {n}.",
        }
        for n, name in enumerate(names)
    ]
    say(folder, "mdvp_caption_mask.json", rows)
    for row in rows:
        picture(folder, f"data/{row['image_path']}")
    return Made(3)


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
        mevis,
        davis_2017,
        ref_youtube_vos,
        lasot,
        got10k,
        ferret_bench,
        mdvp_bench,
    )
}
