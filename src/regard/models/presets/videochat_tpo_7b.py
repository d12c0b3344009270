"""VideoChat-TPO: a box as one word, and answers that are boxes, moments and masks, on VideoChat2 with Mistral 7B (arXiv
2412.19326).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torch import Tensor

from regard.models.heads import _sam_names
from regard.models.presets._base import PAPER, RELEASED, Preset
from regard.models.presets._language import MISTRAL_7B
from regard.models.presets._small import SAM, SMALL

SLOTS = {"box_token": "box", "temporal_token": "moment", "track_token": "mask"}
MASK = "heads.members.mask."


class VideoChatTpo7B(Preset):
    """UMT-L/16 on 16 frames of 224 pixels, a Q-Former that makes 96 tokens of them, a box as one word; Mistral 7B;
    boxes, moments (CG-DETR) and masks (SAM 2) as answers.

    Released weights are read without those that no answer needs: heads of an earlier version and of training alone, and
    what reads words in the Q-Former, which the released code never does when it answers.
    """

    settings = {
        "vision": {"name": "umt"},
        "connector": {"name": "q_former", "queries": 32, "extra": 64},
        "encoders": [{"name": "box_token", "hidden": 2048}],
        "language": MISTRAL_7B | {"vocab_size": 32007},
        "image_size": 224,
        "clip_size": 224,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": {
            "fit": "stretch",
            "resample": "bicubic",
            "mean": (0.485, 0.456, 0.406),
            "std": (0.229, 0.224, 0.225),
        },
        "heads": [
            {"name": "box", "output": "as_released", "trigger_id": 32000, "slot_id": 32003},
            {"name": "moment", "features": 768, "padding": "as_released", "trigger_id": 32001, "slot_id": 32002},
            {"name": "mask", "trigger_id": 32004, "slot_id": 32005},
        ],
        "template": "videochat_tpo",
        "visual_token_id": 0,
        "region_token_id": 32006,
        "eos_token_id": 2,
        "pad_token_id": 2,
        "frames": 16,
        "most_regions": 16,
    }
    small = SMALL | {
        "vision": SMALL["vision"] | {"patch": 14},
        "connector": {"queries": 4, "extra": 2, "width": 32, "depth": 3, "heads": 2, "hidden": 48},
        "encoders": [{"hidden": 16}],
        "heads": [
            {"hidden": 16, "trigger_id": 394, "slot_id": 397},
            {
                "features": None,  # those of its own frames, since no small encoder stands for InternVideo2
                "width": 16,
                "heads": 2,
                "dummy_heads": 2,
                "hidden": 24,
                "dummies": 4,
                "queries": 4,
                "trigger_id": 395,
                "slot_id": 396,
            },
            {"sam": SAM, "points": 64, "trigger_id": 398, "slot_id": 399},
        ],
        "frames": 6,
    }
    sources = {
        "vision": "released code and weights: UMT-L, 23 of 24 blocks, waves of 4 frames stretched to 16",
        "connector": "released configuration: 32 and 64 queries; BERT-base, every second layer sees",
        "encoders": "released code and weights: loc_encoder",
        "language": "released configuration: Mistral 7B Instruct; 32,000 words as v0.2 has (it says v0.3), 7 added",
        "heads": (
            "released code, configuration and tokenizer: corners of a box as they fall, CG-DETR on InternVideo2's "
            "features, SAM 2.0 hiera-large; ours in the recommended form: regions are followed by what was given; "
            "as_paper: supplement, section 1: squared error of boxes, one layer in place of SAM 2's prompt encoder"
        ),
        "template": "released code and tokenizer",
        "frames": "paper, supplement, table 5: 16, of 224 pixels; one clip",
        "most_regions": "ours: the released demo reads one box",
    }
    forms = {
        PAPER: {"heads": [{"loss": "as_paper"}, {}, {"adapter": "as_paper", "follow": "slot"}]},
        RELEASED: {"heads": [{}, {}, {"learn_from": "box", "follow": "box"}]},
    }
    model_type = "VideoChatE"
    published = {
        "vision_encoder.encoder.": "vision.",
        "vision_layernorm.": "vision.norm.",
        "qformer.": "connector.",
        "query_tokens": "connector.query_tokens",
        "extra_query_tokens": "connector.extra_query_tokens",
        "project_up.": "connector.project_up.",
        "loc_encoder.": "encoders.members.0.loc_encoder.",
        "lm.base_model.model.": "language.",
        "loc_decoder.": "heads.members.box.loc_decoder.",
        "cg_model.": "heads.members.moment.",
        "track_embed.": f"{MASK}track_embed.",
        "sam.": f"{MASK}sam.",
        **{theirs: f"heads.slots.{head}" for theirs, head in SLOTS.items()},
    }
    unread = (
        r"(cg_criterion|track_embed_decode2|temporal_embed|action_embed)\.",
        r"(project_down|merge_proj)\.",
        r"qformer\.bert\.embeddings\.(word|position)_",
        r"qformer\.bert\.encoder\.layer\.\d+\.(intermediate|output)\.",
    )
    lora_scale = 32 / 16

    @classmethod
    def whole(cls, weights: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
        """Yield published weights as the model has them; what stands in a slot is one vector, and SAM 2's are those of
        transformers.
        """
        for name, tensor in _sam_names.whole(super().whole(weights), "sam."):
            yield name, tensor.flatten() if name in SLOTS else tensor

    @classmethod
    def our_name(cls, name: str) -> str:
        """Return what a published weight is called here; SAM 2's own names become those of transformers."""
        ours, sam = super().our_name(name), f"{MASK}sam."
        return sam + _sam_names.our_name(ours.removeprefix(sam)) if ours.startswith(sam) else ours

    @classmethod
    def published_name(cls, name: str) -> str:
        """Return what a weight of ours is called in the release: the inverse of `our_name`."""
        theirs = super().published_name(name)
        return "sam." + _sam_names.published_name(theirs.removeprefix("sam.")) if theirs.startswith("sam.") else theirs
