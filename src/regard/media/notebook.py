"""Small pictures of pictures: PNG bytes and contact strips, for notebooks and files."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from regard.core.files import write_atomic


def png(pixels: np.ndarray) -> bytes:
    """Return (H, W, 3) uint8 pixels as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def write_png(path: Path, pixels: np.ndarray) -> Path:
    """Write (H, W, 3) uint8 pixels as a PNG file, whole or not at all."""
    return write_atomic(path, lambda file: file.write(png(pixels)))


def shrunk(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Return the picture with its longest side at most `longest` pixels; never enlarged."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def strip(frames: np.ndarray, longest: int = 160, gap: int = 4) -> np.ndarray:
    """Return frames (n, H, W, 3) side by side on white, each at most `longest` pixels."""
    tiles = [shrunk(frame, longest) for frame in frames]
    space = np.full((tiles[0].shape[0], gap, 3), 255, np.uint8)
    row = [part for tile in tiles for part in (tile, space)]
    return np.concatenate(row[:-1], axis=1)


def figure(pixels: np.ndarray, caption: str) -> str:
    """Return HTML that shows the pixels above an escaped caption; nothing in it is fetched."""
    data = base64.b64encode(png(pixels)).decode("ascii")
    return f'<figure><img src="data:image/png;base64,{data}"/><figcaption>{html.escape(caption)}</figcaption></figure>'
