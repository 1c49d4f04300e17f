#!/usr/bin/env python3
"""Make what a package index takes: an sdist, and from it a wheel of the Python that runs this.

    python tools/dist.py dist

The wheel's tag is the manylinux policy that it keeps. GStreamer, GLib, Cairo and Pango are the
system's: they are linked and not bundled, as Python's bindings for them are the system's as well.
Build on the oldest release that a wheel is to run on: ``make dist-all`` does, for each Python.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM = (
    "libgst*",
    "libglib-*",
    "libgobject-*",
    "libgmodule-*",
    "libgio-*",
    "libcairo*",
    "libpango*",
)
TAG = re.compile(r"-manylinux_\d+_\d+_\w+\.whl$|-manylinux20\d\d_\w+")


def main() -> str | None:
    """Put both into a folder; returns what is wrong with them, if anything is."""
    (folder,) = (Path(word).absolute() for word in sys.argv[1:] or ["dist"])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        run("build", "--no-isolation", "--outdir", scratch, str(ROOT))
        (sdist,) = Path(scratch).glob("*.tar.gz")
        (linked,) = Path(scratch).glob("*.whl")
        repaired = Path(scratch, "repaired")
        excluded = [f"--exclude={name}" for name in SYSTEM]
        run("auditwheel", "repair", *excluded, "--wheel-dir", str(repaired), str(linked))
        (wheel,) = repaired.glob("*.whl")
        run("twine", "check", "--strict", str(sdist), str(wheel))
        for problem in problems(wheel):
            return f"{wheel.name}: {problem}"
        for product in (sdist, wheel):
            target = shutil.move(product, folder / product.name)  # not rename: another file system
            print(target.relative_to(folder.parent))
    return None


def problems(wheel: Path) -> list[str]:
    """Return why an index would not take a wheel, or why it would not work beside the system."""
    found = []
    if not TAG.search(wheel.name):
        found.append("its tag is no manylinux policy")
    with zipfile.ZipFile(wheel) as archive:
        bundled = [name for name in archive.namelist() if ".libs/" in name]
    if bundled:
        found.append(f"it bundles {', '.join(bundled)}")
    return found


def run(module: str, *arguments: str) -> None:
    """Run a module of this Python.

    Raises:
        SystemExit: It failed; with all that it wrote.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{module} failed with exit code {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
