"""From any picture that PIL decodes to upright 8-bit RGB, by one stated rule a mode.

| what comes                        | rule                                                                             |
|-----------------------------------|----------------------------------------------------------------------------------|
| 1-bit, grey, palette              | its own colours                                                                  |
| alpha (RGBA, LA, transparent PNG) | composited on white; alpha never becomes a region                                |
| 16-bit grey or colour             | the high byte: value // 256                                                      |
| 32-bit integers                   | as 16-bit when all lie in 0..65535, else smallest..largest to 0..255 (a note)    |
| float                             | 0..1 to 0..255 when all lie in 0..1, else smallest..largest to 0..255 (a note)   |
| CMYK, YCbCr, LAB                  | to RGB                                                                           |
| an embedded ICC profile           | to sRGB; a profile that cannot be used is ignored (a note)                       |
| EXIF orientation 1-8              | turned upright                                                                   |
| several frames or pages           | the first one (a note)                                                           |
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import IO

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms, UnidentifiedImageError

from regard.core.errors import ImageError

MAX_PIXELS = 100_000_000
"""The largest picture that is decoded unless the caller says otherwise: 100 megapixels, 300 MB as RGB."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""The picture formats that are opened; content decides, not the name."""

DECODE_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    Pillow.DecompressionBombError,
)
"""What PIL raises for damaged files; each becomes an `ImageError` that keeps the reason."""

_ORIENTATION = 0x0112
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")


def open_picture(file: IO[bytes], shown: str, max_pixels: int) -> Pillow.Image:
    """Open, but do not decode, a picture of an allowed format; its size is checked from the header.

    Raises `ImageError`, whose message starts with `shown`, for what is not such a picture or has more than
    `max_pixels` pixels.
    """
    try:
        picture = Pillow.open(file, formats=FORMATS)
    except UnidentifiedImageError as reason:
        raise ImageError(f"{shown} is damaged or not a picture: its header cannot be read") from reason
    except Pillow.DecompressionBombError as reason:
        raise ImageError(f"{shown} is refused before decoding: {reason}") from reason
    except DECODE_ERRORS as reason:
        raise ImageError(f"{shown} is damaged: {_say(reason)}") from reason
    check_size(picture.size, shown, max_pixels)
    return picture


def check_size(size: tuple[int, int], shown: str, max_pixels: int) -> None:
    """Raise `ImageError` when a (width, height) is empty or holds more than `max_pixels` pixels."""
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(f"{shown} has no pixels: it is {width}x{height}")
    if width * height > max_pixels:
        raise ImageError(
            f"{shown} is {width}x{height}, {width * height:,} pixels; at most {max_pixels:,} are decoded:"
            " make it smaller, or pass max_pixels"
        )


def decode(picture: Pillow.Image, shown: str, max_pixels: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Decode the frame that `picture` stands at: (H, W, 3) uint8 upright RGB, and the notes on what was lost or
    assumed.

    Raises `ImageError` with the reason for a truncated or damaged file.
    """
    try:
        picture.load()
        check_size(picture.size, shown, max_pixels)
        orientation = _orientation(picture)
        pixels, notes = _to_rgb(picture)
    except ImageError:
        raise
    except DECODE_ERRORS as reason:
        raise ImageError(f"{shown} is truncated or damaged: {_say(reason)}") from reason
    pixels = np.ascontiguousarray(_upright(pixels, orientation))
    pixels.flags.writeable = False
    return pixels, notes


def frame_total(picture: Pillow.Image) -> int:
    """Return how many frames or pages an open picture has, as far as they can be found; at least 1."""
    try:
        return max(1, int(getattr(picture, "n_frames", 1)))
    except DECODE_ERRORS:
        return 2 if getattr(picture, "is_animated", False) else 1


def _say(reason: BaseException) -> str:
    return str(reason) or type(reason).__name__


def _orientation(picture: Pillow.Image) -> int:
    # After load(): PIL turns a TIFF itself while loading and then drops the tag.
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _to_rgb(picture: Pillow.Image) -> tuple[np.ndarray, tuple[str, ...]]:
    if picture.mode == "F":
        return _from_float(np.asarray(picture, dtype=np.float64))
    if picture.mode == "I" or picture.mode.startswith("I;16"):
        return _from_integers(np.asarray(picture))
    alpha = None
    if picture.mode in _ALPHA_MODES or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        alpha = rgba.getchannel("A")
        picture = _without_alpha(picture, rgba)
    rgb, notes = _to_srgb(picture)
    pixels = np.asarray(rgb)
    return (pixels if alpha is None else _on_white(pixels, np.asarray(alpha))), notes


def _without_alpha(picture: Pillow.Image, rgba: Pillow.Image) -> Pillow.Image:
    # A grey profile describes grey values: grey with alpha stays grey until the profile is applied.
    plain = picture.getchannel("L") if picture.mode == "LA" else rgba.convert("RGB")
    plain.info["icc_profile"] = picture.info.get("icc_profile")
    return plain


def _on_white(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    opacity = alpha.astype(np.uint16)[..., None]  # 255 * 255 + 127 still fits
    return ((pixels * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)


def _to_srgb(picture: Pillow.Image) -> tuple[Pillow.Image, tuple[str, ...]]:
    profile = picture.info.get("icc_profile")
    if picture.mode not in ("L", "CMYK"):
        picture = picture.convert("RGB")
    if not profile:
        return picture.convert("RGB"), ()
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        to_srgb = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), picture.mode, "RGB")
        return ImageCms.applyTransform(picture, to_srgb) or picture, ()
    except (ImageCms.PyCMSError, *DECODE_ERRORS):
        return picture.convert("RGB"), ("the embedded colour profile cannot be used; colours are taken as sRGB",)


def _from_integers(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    low, high = int(values.min()), int(values.max())
    if low >= 0 and high <= 65535:
        return _grey((values >> 8).astype(np.uint8)), ()
    return _stretched(values.astype(np.float64), low, high)


def _from_float(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    finite = np.isfinite(values)
    if not finite.any():
        raise ImageError("the picture holds floating-point values, none of them a finite number")
    low, high = float(values[finite].min()), float(values[finite].max())
    lost = int((~finite).sum())
    notes: tuple[str, ...] = (f"{lost} pixels that are not finite numbers are shown black",) if lost else ()
    values = np.where(finite, values, low)
    if low >= 0.0 and high <= 1.0:
        pixels = _grey(np.floor(values * 255 + 0.5).astype(np.uint8))
    else:
        pixels, stretched = _stretched(values, low, high)
        notes = stretched + notes
    pixels[~finite] = 0
    return pixels, notes


def _stretched(values: np.ndarray, low: float, high: float) -> tuple[np.ndarray, tuple[str, ...]]:
    scaled = (values - low) / ((high - low) or 1.0)
    note = f"values {low:g} to {high:g} are stretched to 0 to 255"
    return _grey(np.floor(scaled * 255 + 0.5).astype(np.uint8)), (note,)


def _grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values[..., None], 3, axis=2)
