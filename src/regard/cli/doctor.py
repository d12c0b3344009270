"""Look at this installation: what is there, what is missing, and the line that mends it.

Exit code 4 when something that every command needs is missing or broken. Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
from collections import Counter
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from regard import __version__
from regard.core import rooms

OK, MISSING, BROKEN, OPTIONAL = "ok", "missing", "broken", "not installed"
MODULES = {
    "pillow": "PIL",
    "opencv-python-headless": "cv2",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "pytest-timeout": "pytest_timeout",
}
CPU_TORCH = "pip install torch --index-url https://download.pytorch.org/whl/cpu"
CPU_FLAGS = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "AVX512-BF16", "amx_bf16": "AMX-BF16"}
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)\s*(?P<range>[^;\[]*)(;.*extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"])?"
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    `extra`: what it is for when not everybody needs it. `mend`: the line that installs or repairs it.
    """

    name: str
    state: str
    detail: str = ""
    extra: str = ""
    mend: str = ""

    @property
    def needed(self) -> bool:
        """Is everything else in vain without it?"""
        return self.state in (MISSING, BROKEN) and not self.extra

    def line(self) -> str:
        """Return state and detail for a terminal."""
        about = f" (only for {self.extra})" if self.extra else ""
        return f"{self.state}{about}{': ' if self.detail else ''}{self.detail}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print what was found and return 4 when something needed is missing."""
    findings = [*packages(), *torchvision(), embedded()]
    code = 4 if any(finding.needed for finding in findings) else 0
    if args.json:
        print(
            json.dumps(
                {
                    "version": __version__,
                    "machine": machine(),
                    "findings": [asdict(one) for one in findings],
                    "exit_code": code,
                }
            )
        )
        return code
    print(f"regard {__version__}")
    width = max(len(finding.name) for finding in findings) + 2
    for name, value in machine().items():
        print(f"  {name:<{width}}{value}")
    for finding in findings:
        print(f"  {finding.name:<{width}}{finding.line()}")
    print("\neverything that is needed is here" if code == 0 else "\nsomething that is needed is missing or broken")
    for finding in findings:
        if finding.mend:
            print(f"  {finding.name}{'' if finding.needed else ' (optional)'}: {finding.mend}")
    return code


def machine() -> dict[str, Any]:
    """Return the Python, the system, the threads at hand, the processor's vector instructions, and any GPU."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": threads,
        "instructions": ", ".join(instructions()) or "unknown",
        "gpu": gpu(),
    }


def instructions() -> list[str]:
    """Return the vector instructions of this processor that matter for speed; empty where the system does not tell."""
    file = Path("/proc/cpuinfo")
    if not file.exists():
        return []
    flags = next((line for line in file.read_text().splitlines() if line.startswith("flags")), "").split()
    return [name for flag, name in CPU_FLAGS.items() if flag in flags]


def gpu() -> str:
    """Return the name of the first GPU that torch can use, or "none"."""
    found, _ = _imported("torch")
    if found is None:
        return "unknown (torch is not usable)"
    if found.cuda.is_available():
        return str(found.cuda.get_device_name(0))
    return "Apple MPS" if found.backends.mps.is_available() else "none"


def packages() -> list[Finding]:
    """Look at every package that this one asks for: those that everybody needs by importing them, extras by version."""
    try:
        wanted = metadata.requires("regard") or []
    except metadata.PackageNotFoundError:
        return [Finding("regard", BROKEN, "it runs from a folder that was never installed", mend="pip install -e .")]
    found = [match for match in map(_REQUIREMENT.match, wanted) if match and match["name"] != "regard"]
    extras: dict[str, list[str]] = {}
    for match in found:
        extras.setdefault(match["name"], []).append(match["extra"] or "")
    sizes = Counter(match["extra"] or "" for match in found)
    ranges = {match["name"]: match["range"].strip() for match in found}
    return [
        _package(name, ranges[name], min(extras[name], key=lambda extra: (extra != "", sizes[extra])))
        for name in extras
    ]


def _package(name: str, versions: str, extra: str) -> Finding:
    mend = (
        f'pip install -c constraints.txt -e ".[{extra}]"  (in a clone)' if extra else f'pip install "{name}{versions}"'
    )
    if name == "torch":
        mend = f"{CPU_TORCH}  (without --index-url: with GPU support)"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, OPTIONAL if extra else MISSING, f"needs {versions}", extra, mend)
    if not _fits(version, versions):
        return Finding(name, BROKEN, f"{version}, needs {versions}", extra, mend)
    if extra:
        return Finding(name, OK, version, extra)
    module, reason = _imported(MODULES.get(name.lower(), name.replace("-", "_")))
    if module is None:
        mend = f"pip install --force-reinstall {name}"
        return Finding(name, BROKEN, f"{version}, but importing it fails: {reason}", mend=mend)
    return Finding(name, OK, version)


def _fits(version: str, versions: str) -> bool:
    specifiers, _ = _imported("packaging.specifiers")
    return (
        specifiers is None
        or not versions
        or bool(specifiers.SpecifierSet(versions).contains(version, prereleases=True))
    )


def torchvision() -> list[Finding]:
    """Look for a torchvision that is there but cannot be loaded: transformers fails over it, and this package does not
    need it.
    """
    try:
        version = metadata.version("torchvision")
    except metadata.PackageNotFoundError:
        return []
    module, reason = _imported("torchvision")
    if module is not None:
        return [Finding("torchvision", OK, f"{version}", "other packages")]
    return [
        Finding(
            "torchvision",
            BROKEN,
            f"{version} does not load ({reason}), and transformers fails over it",
            mend="pip uninstall torchvision",
        )
    ]


def embedded() -> Finding:
    """Look at the model inside the package: are its files there, and what does its card say of it first?"""
    home = rooms.folder("regard.assets.embedded")
    missing = [name for name in ("config.json", "model.safetensors", "tokenizer.json") if not (home / name).is_file()]
    if missing:
        files = " ".join(f"src/regard/assets/embedded/{name}" for name in missing)
        mend = f"git restore {files} && pip install --force-reinstall --no-deps -e .  (in a clone)"
        return Finding("embedded model", MISSING, f"{home} lacks {', '.join(missing)}", mend=mend)
    size = (home / "model.safetensors").stat().st_size / 2**20
    return Finding("embedded model", OK, f"{size:.1f} MB. {headline(home)}".strip())


def headline(home: Path) -> str:
    """Return the first sentence of a model card: its first line of text that is no heading and no front matter."""
    card = next((home / name for name in ("README.md", "MODEL_CARD.md", "card.md") if (home / name).is_file()), None)
    if card is None:
        return ""
    text = re.sub(r"\A---\n.*?\n---\n", "", card.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line and not line.startswith(("#", "|", "<", "!", "-"))), "")


def _imported(name: str) -> tuple[Any, str]:
    """Import a module by name: (module, "") or (None, why not). A broken binary may fail in any of these ways."""
    try:
        return importlib.import_module(name), ""
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        return None, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
