"""Painted shapes as small pictures with a mask, ready to be pasted: (h, w, 3) pixels and a (h, w) mask of 0 and 255."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from regard.data.world.paint import Paint, Rgb
from regard.data.world.shapes import Outline

SHIFT = 4  # sub-pixel bits of OpenCV's polygon corners


@dataclass
class Sprite:
    """RGB pixels (h, w, 3) uint8 and a mask (h, w) uint8 of 0 or 255; its middle is the thing's place."""

    pixels: np.ndarray
    mask: np.ndarray


def rasterise(contours: Outline, scale: float) -> np.ndarray:
    """Return the mask of an outline around the origin at `scale` pixels a unit: (h, w) uint8, odd sides, origin in the
    middle.
    """
    reach = np.abs(contours[0]).max(axis=0) * scale
    half_width, half_height = int(math.ceil(reach[0])) + 1, int(math.ceil(reach[1])) + 1
    mask = np.zeros((2 * half_height + 1, 2 * half_width + 1), np.uint8)
    middle = np.array([half_width, half_height])
    corners = [np.round((contour * scale + middle) * (1 << SHIFT)).astype(np.int32) for contour in contours]
    cv2.fillPoly(mask, corners, 255, cv2.LINE_8, SHIFT)
    return mask


def make_sprite(contours: Outline, paint: Paint, scale: float) -> Sprite:
    """Draw a painted outline at `scale` pixels a unit."""
    mask = rasterise(contours, scale)
    height, width = mask.shape
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = paint.rgb
    if paint.pattern != "plain":
        pixels[_pattern(paint, height, width, scale)] = paint.second
    if paint.cutout:
        return Sprite(_cutout(paint, mask), mask)
    if paint.grain is not None:
        pixels = _grained(pixels, paint)
    if paint.material == "shiny":
        pixels = _shine(pixels, mask, paint.light)
    return Sprite(pixels, mask)


def _pattern(paint: Paint, height: int, width: int, scale: float) -> np.ndarray:
    """Return where the second tone goes, bool (height, width)."""
    period = paint.period * scale
    x = (np.arange(width, dtype=np.float32) - width // 2) / period
    y = ((np.arange(height, dtype=np.float32) - height // 2) / period)[:, None]
    cosine, sine = math.cos(paint.angle), math.sin(paint.angle)
    along = x * cosine + y * sine
    if paint.pattern == "striped":
        return along - np.floor(along) < paint.cover
    across = y * cosine - x * sine
    if paint.pattern == "checked":
        return ((np.floor(along * 2) + np.floor(across * 2)).astype(np.int32) & 1).astype(bool)
    along -= np.floor(along) + 0.5
    across -= np.floor(across) + 0.5
    return along * along + across * across < 0.095


def _grained(pixels: np.ndarray, paint: Paint) -> np.ndarray:
    """Give flat pixels the light and shade of a photograph."""
    height, width = pixels.shape[:2]
    gray = cv2.cvtColor(paint.grain.render(width, height), cv2.COLOR_RGB2GRAY).astype(np.float32)
    spread = float(gray.std()) + 4.0
    shade = 1.0 + np.clip((gray - float(gray.mean())) / spread, -2, 2) * (paint.strength * 0.5)
    return np.clip(pixels * shade[..., None], 0, 255).astype(np.uint8)


def _cutout(paint: Paint, mask: np.ndarray) -> np.ndarray:
    """Return the piece of a photograph itself, shaded into the paint's colour if it has a strength."""
    piece = paint.grain.render(mask.shape[1], mask.shape[0])
    if paint.strength == 0:
        return piece
    return shaded(piece, mask > 0, paint.rgb, paint.strength).astype(np.uint8)


def shaded(pixels: np.ndarray, mask: np.ndarray, rgb: Rgb, depth: float) -> np.ndarray:
    """Return `rgb` with the light and shade of the pixels (float32, same shape): their mean under the mask becomes the
    plain colour.

    depth: how much of the light and shade is kept; glints go to white.
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    ratio = 1.0 + (gray / (float(gray[mask].mean()) + 4.0) - 1.0) * depth
    shade = np.clip(ratio, 0.2, 1.2)[..., None] * np.array(rgb, np.float32)
    glint = np.clip((ratio - 1.2) * 0.6, 0.0, 0.8)[..., None]
    return np.clip(shade + (255.0 - shade) * glint, 0, 255)


def _shine(pixels: np.ndarray, mask: np.ndarray, light: float) -> np.ndarray:
    """Add a bright spot towards the light and shade away from it."""
    height, width = mask.shape
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    spot_x, spot_y = _spot(mask, light)
    shade = 1.04 - 0.2 * np.clip(0.5 + 0.5 * ((x - spot_x) * light + (y - spot_y) * 0.9), 0, 1)
    glow = np.exp(-((x - spot_x) ** 2 + (y - spot_y) ** 2) / 0.055)
    lit = pixels * shade[..., None]
    lit += (255.0 - lit) * np.minimum(1.25 * glow, 0.97)[..., None]
    return np.clip(lit, 0, 255).astype(np.uint8)


def _spot(mask: np.ndarray, light: float) -> tuple[float, float]:
    """Return where the highlight lies, in [-1, 1]: inside the shape, towards the top and the light."""
    height, width = mask.shape
    depth = cv2.distanceTransform(mask, cv2.DIST_L1, 3)
    depth /= float(depth.max()) + 1e-6
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)
    best = int(np.argmax(np.minimum(depth, 0.55) - 0.35 * y - 0.5 * light * -x))
    return best % width / (width - 1) * 2 - 1, best // width / (height - 1) * 2 - 1
