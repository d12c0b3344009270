"""The configuration of a Regard model: which parts it is made of, and how media become tokens."""

from __future__ import annotations

from typing import Any

from transformers import PretrainedConfig

from regard.core.errors import CheckpointError, ConfigError
from regard.models.language import causal

FORMAT_VERSION = 1


class RegardConfig(PretrainedConfig):
    """Names and settings of the parts, and the numbers that turn media into tokens.

    `vision`, `connector` and each of `encoders`: a dict with the `name` of a file in that room and its settings.
    `language`: a dict with a `model_type` that transformers knows and its settings. `heads`: for each task head a dict
    with its `name`, the `trigger_id` and `slot_id` of its tokens, and its settings (none in designs that only write).
    `things`: the name of a mask head that draws the thing under each visual token, which is then told of it (left out:
    none; `regard.models.things`). `place`: add an embedding of each region's place and size to its tokens in the text
    (off in the papers' designs). `normalise`: bring visual and region tokens to unit scale before the language model.
    `image_size`, `clip_size`: pixels of the square that a picture or a frame is fitted into; `image_pool`,
    `clip_pool`: cells averaged along each side into one visual token; `pixels`: how media become squares of numbers
    (the fields of `Framing`); `tiles`: tiles of `image_size` that a picture is cut into at most, beside its thumbnail
    (1: none); `frames`: frames taken from a clip; `region_frames`: the frames on which regions are given are encoded
    apart from those, at most so many a region (0: regions are read from the clip's own frames); `most_regions`: regions
    one question may hold. `template`: chat format. `format_version`: of the checkpoint; a newer one than this package
    knows is refused.
    """

    model_type = "regard"

    def __init__(
        self,
        vision: dict[str, Any] | None = None,
        connector: dict[str, Any] | None = None,
        encoders: list[dict[str, Any]] | None = None,
        language: dict[str, Any] | None = None,
        heads: list[dict[str, Any]] | None = None,
        things: str = "",
        place: bool = False,
        normalise: bool = False,
        image_size: int = 128,
        clip_size: int = 64,
        image_pool: int = 2,
        clip_pool: int = 2,
        pixels: dict[str, Any] | None = None,
        tiles: int = 1,
        frames: int = 8,
        region_frames: int = 0,
        most_regions: int = 16,
        template: str = "plain",
        visual_token_id: int = 4,
        region_token_id: int = 5,
        eos_token_id: int = 1,
        pad_token_id: int = 0,
        format_version: int = FORMAT_VERSION,
        **kwargs: Any,
    ) -> None:
        if format_version > FORMAT_VERSION:
            raise CheckpointError(
                f"this checkpoint has format version {format_version}, this package reads up to {FORMAT_VERSION}; "
                "install a newer regard, in a clone of it: git pull && pip install -c constraints.txt -e ."
            )
        self.vision = vision or {"name": "conv_vit"}
        self.connector = connector or {"name": "mlp"}
        self.encoders = encoders if encoders is not None else [{"name": "mask_pool"}]
        self.language = language or {"model_type": "llama"}
        self.heads = heads or []
        self.things = things
        self.place = place
        self.normalise = normalise
        self.image_size = image_size
        self.clip_size = clip_size
        self.image_pool = image_pool
        self.clip_pool = clip_pool
        self.pixels = pixels or {}
        self.tiles = tiles
        self.frames = frames
        self.region_frames = region_frames
        self.most_regions = most_regions
        self.template = template
        self.visual_token_id = visual_token_id
        self.region_token_id = region_token_id
        self.format_version = format_version
        self.eos_token_id = eos_token_id
        self.pad_token_id = pad_token_id
        self._check()
        super().__init__(**kwargs)

    def _check(self) -> None:
        """Raise `ConfigError` for settings that do not go together."""
        if self.image_size == self.clip_size and self.image_pool != self.clip_pool:
            raise ConfigError(
                f"image_pool={self.image_pool} and clip_pool={self.clip_pool} need different image_size and clip_size; "
                f"both are {self.clip_size}"
            )
        framing = {"fit": "letterbox", "masks": "share"} | self.pixels
        if self.tiles > 1 and framing["fit"] != "stretch":
            raise ConfigError(
                f"tiles={self.tiles} needs pixels={{'fit': 'stretch'}}: tiles cover the picture, nothing beside it"
            )
        if self.tiles > 1 and framing["masks"] == "given":
            raise ConfigError(f"tiles={self.tiles} cut masks too; take pixels={{'masks': 'share'}} or 'nearest'")

    def get_text_config(self, *args: Any, **kwargs: Any) -> PretrainedConfig:
        """Return the language model's own configuration; transformers asks for it when it generates."""
        return causal.configuration(self.language)
