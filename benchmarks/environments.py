"""Virtual environments for contestants: pythiags as people install it, and its predecessor.

What is measured is a wheel: an editable installation looks for changed sources at each import.
Environments are kept in ``build/benchmarks`` and rebuilt when their contents change.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

__all__ = ["predecessor", "wheel"]

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "benchmarks"
PREDECESSOR = "pythiags[cli]==0.12.1"


@cache
def wheel() -> Path:
    """Return the ``bin`` of an environment with a wheel of this tree and all extras."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for former in FOLDER.glob("pythiags-*.whl"):  # of another version
        former.unlink()
    words = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", FOLDER, ROOT]
    subprocess.run(words, check=True, stdout=sys.stderr)
    (built,) = FOLDER.glob("pythiags-*.whl")
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    return _environment("wheel", f"{built}[cli,ds,infer,kivy]", stamp=digest)


@cache
def predecessor() -> Path | None:
    """Return the ``bin`` of an environment with pythiags 0.12.1, or None if that fails."""
    try:
        return _environment("predecessor", PREDECESSOR, stamp=PREDECESSOR)
    except subprocess.CalledProcessError:
        print(f"{PREDECESSOR} cannot be installed: left out", file=sys.stderr)
        return None


def _environment(name: str, what: str, *, stamp: str) -> Path:
    folder = FOLDER / name
    mark = folder / "stamp"
    if not mark.exists() or mark.read_text() != stamp:
        words = ["/usr/bin/python3", "-m", "venv", "--clear", "--system-site-packages", folder]
        subprocess.run(words, check=True)
        subprocess.run(
            [folder / "bin" / "pip", "install", "-qq", what], check=True, stdout=sys.stderr
        )
        mark.write_text(stamp)
    return folder / "bin"
