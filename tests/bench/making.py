"""Small benchmarks in the official formats, made of painted pictures, and judges that follow a rule."""

import re

import numpy as np

from regard.backends._chat import Reply
from regard.bench._base import Item
from regard.media.image import Image
from regard.prompts.sample import USER, Sample, Turn
from regard.regions.bound import BoundRegion

FENCED = re.compile(r"^(=+)\n(.*)\n\1$", re.DOTALL | re.MULTILINE)


def sample(number, regions, question="Describe <region1> in detail.", down=0):
    pixels = np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    masks = [np.zeros((48, 64), dtype=bool) for _ in range(regions)]
    for place, mask in enumerate(masks):
        mask[4 + place + down : 12 + down, 4 + 14 * place : 14 + 14 * place] = True
    bound = tuple(BoundRegion.from_masks({0: mask}) for mask in masks)
    return Sample(Image.from_array(pixels), bound, (Turn(USER, question),))


def vqa(count=6):
    kinds = ("color", "relation", "mirror")
    for number in range(count):
        answer = "ABCD"[number % 4]
        truth = {
            "question": "Which of <Prompt0> and <Prompt1> is it?",
            "choices": ["A. <Prompt0>", "B. <Prompt1>", "C. both", "D. neither"],
            "type": kinds[number % 3],
        }
        key, also = f"images/vqa_{number}.png", (f"accuracy, {kinds[number % 3]}",)
        yield Item(key, "accuracy", sample(number, 2), key, answer, truth, also, 0.25)


def simple(count=4):
    for number in range(count):
        truth = {"question": "Where is <Prompt1>?", "answer": f"<Prompt1> is {number} steps from <Prompt0>."}
        key = f"images/caption_simple_{number}.png"
        yield Item(key, "accuracy", sample(number, 2), key, f"<region2> is {number} steps from <region1>.", truth)


def detailed(count=4):
    for number in range(count):
        truth = {"subject_name": f"cup {number}", "predicate_name": "on", "object_name": "table"}
        key = f"images/caption_detailed_{number}.png"
        yield Item(key, "accuracy", sample(number, 2), key, f"cup {number} on table", truth)


def dlc(count=4):
    for number in range(count):
        questions = [
            _question("positive", ("The lid is not mentioned.", 0), ("The lid is red.", 1), ("The lid is blue.", -1)),
            _question("positive", ("The handle is not mentioned.", 0), ("The handle is round.", 1)),
            _question("negative", ("The spout is not mentioned.", 1), ("The spout is mentioned.", -1)),
        ]
        truth = {"class_name": f"cup {number}", "questions": questions}
        sides = ("positive", "negative")
        yield Item(
            str(100 + number),
            "average",
            sample(number // 2, 1, down=20 * (number % 2)),
            str(number // 2),
            truth["class_name"],
            truth,
            sides,
        )


def _question(side, *choices):
    return {"question": "Which is true of the text?", "choices": [list(choice) for choice in choices], "type": side}


MAKERS = {"gar_bench_vqa": vqa, "gar_bench_simple": simple, "gar_bench_detailed": detailed, "dlc_bench": dlc}
PERFECT = {
    "gar_bench_vqa": lambda item: item.answer,
    "gar_bench_simple": lambda item: item.answer,
    "gar_bench_detailed": lambda item: f"A {item.truth['subject_name']} on the table.",
    "dlc_bench": lambda item: f"A {item.truth['class_name']} with a red lid and a round handle.",
}


class RuleJudge:
    """Reads the candidate between its fences and nothing else, and answers by simple rules.

    It does what a prompt tells it outside of the fences, as a judge does; `replies` are put in by call, to fail or err.
    """

    def __init__(self, name="rules", replies=None):
        self.name, self.replies, self.prompts = name, replies or {}, []

    def reply(self, item, call):
        self.prompts.append(call.prompt)
        planned = self.replies.get((item.key, call.name))
        if planned is not None:
            return planned if isinstance(planned, Reply) else Reply(planned)
        text, outside = FENCED.search(call.prompt)[2], FENCED.sub("", call.prompt)
        if "full marks" in outside:
            return Reply("A. Yes") if call.name == "recognition" else Reply("True")
        return Reply(self._verdict(item, call.name, text))

    def _verdict(self, item, name, text):
        if name == "verdict":
            return str(item.answer in text or text == f"A {item.truth.get('subject_name')} on the table.")
        if name == "recognition":
            return "A. Yes" if item.truth["class_name"] in text else "B. No"
        choices = [choice[0] for choice in item.truth["questions"][int(name)]["choices"]]
        part = re.search("lid|handle|spout", choices[0])[0]
        said = re.search(rf"(\w+) {part}", text)
        wanted = next((one for one in choices if said and one.endswith(f" {said[1]}.")), choices[1 if said else 0])
        return f"{'ABC'[choices.index(wanted)]}. {wanted}"
