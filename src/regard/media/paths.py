"""What a file is, by its place and its first bytes: never by its name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from regard.core.errors import ImageError, MediaError, VideoError

_URL = re.compile(r"^[a-z][a-z0-9+.\-]+:[/\\]|^data:", re.IGNORECASE)

_PICTURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)

_REFUSED = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"%PDF", "PDF"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML or SVG"),
    (b"SIMPLE  =", "FITS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"icns", "ICNS"),
    (b"8BPS", "Photoshop"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x93NUMPY", "NumPy array"),
    (b"PK\x03\x04", "ZIP"),
    (b"#EXTM3U", "playlist"),
    (b"ffconcat", "playlist"),
)

_STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heif", b"mif1", b"msf1")

ALLOWED_PICTURES = "JPEG, PNG, WebP, GIF, BMP and TIFF"


def checked_path(path: str | os.PathLike[str], error: type[MediaError] = MediaError) -> Path:
    """Return `path` as a `Path` to something that exists. Raises `error` for a URL and for what is not there."""
    if not isinstance(path, str | os.PathLike):
        raise error(f"expected the path of a file; a {type(path).__name__} came")
    text = os.fspath(path)
    if not isinstance(text, str) or "\x00" in text or not text:
        raise error(f"expected the path of a file; {text!r} came")
    if _URL.match(text):
        shown = text if len(text) <= 80 else text[:80] + "..."
        raise error(f"{shown!r} is a URL, and nothing is fetched here: download the file and give its path")
    try:
        found = Path(text).expanduser()
        there = found.exists()
    except (OSError, RuntimeError) as reason:
        raise error(f"{text[:200]!r} cannot be reached: {reason}") from reason
    if not there:
        raise error(f"no such file: {text!r} (looked in {Path.cwd()})")
    return found


def checked_file(path: str | os.PathLike[str], error: type[MediaError] = MediaError) -> Path:
    """Return `path` as a `Path` to a readable, non-empty file. Raises `error` with the reason when it is not one."""
    found = checked_path(path, error)
    if found.is_dir():
        mend = "Clip.from_folder reads a folder of frames" if error is VideoError else "give one picture in it"
        raise error(f"{os.fspath(path)!r} is a folder: {mend}")
    if not found.is_file():
        raise error(f"{os.fspath(path)!r} is not a regular file")
    if found.stat().st_size == 0:
        raise error(f"{os.fspath(path)!r} is empty (0 bytes)")
    return found


def first_bytes(path: Path, error: type[MediaError] = MediaError) -> bytes:
    """Return the first 64 bytes of a file. Raises `error` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError as reason:
        raise error(f"{str(path)!r} cannot be read: {reason.strerror}") from reason


def picture_format(head: bytes) -> str | None:
    """Return "JPEG", "PNG", "WEBP", "GIF", "BMP" or "TIFF" for a file that starts with `head`; None for anything
    else.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return next((name for start, name in _PICTURES if head.startswith(start)), None)


def refused_format(head: bytes) -> str | None:
    """Return the name of a known format that is refused (PDF, SVG, HEIC, ...), or None."""
    if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return "HEIC or AVIF"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((name for start, name in _REFUSED if text.startswith(start)), None)


def refuse_known(head: bytes, shown: str, error: type[MediaError]) -> None:
    """Raise `error` when a file that starts with `head` is of a format that is known and refused."""
    what = refused_format(head)
    if what:
        raise error(f"{shown} is a {what} file; pictures are read from {ALLOWED_PICTURES}: convert it to PNG first")


def require_picture(head: bytes, shown: str) -> None:
    """Raise `ImageError`, saying what it is instead, unless a file that starts with `head` is a picture."""
    refuse_known(head, shown, ImageError)
    if picture_format(head) is None:
        raise ImageError(f"{shown} is no picture (it starts with {head[:8]!r}); {ALLOWED_PICTURES} are read")
