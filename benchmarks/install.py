"""How long installing takes, with pip's cache warm: from a wheel and from source."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import Row, medians, report

ROOT = Path(__file__).parent.parent
ROUNDS = 3


def seconds_to_install(folder: Path, what: str) -> float:
    """Make a virtual environment as the README says and time the installation into it."""
    subprocess.run(
        ["/usr/bin/python3", "-m", "venv", "--clear", "--system-site-packages", folder], check=True
    )
    begin = time.monotonic()
    words = [folder / "bin" / "pip", "install", "-qq", what]
    subprocess.run(words, check=True, stdout=sys.stderr)
    return time.monotonic() - begin


def main() -> None:
    """Build a wheel, warm the cache with a first round, then let both ways take turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", name]
        subprocess.run([*words, ROOT], check=True, stdout=sys.stderr)
        (wheel,) = folder.glob("*.whl")
        ways = {
            "wheel": lambda: seconds_to_install(folder / "environment", f"{wheel}[cli]"),
            "source": lambda: seconds_to_install(folder / "environment", f"{ROOT}[cli]"),
        }
        medians(ways, rounds=1)
        took = medians(ways, ROUNDS)
    report(
        [
            Row("pip install of the wheel with [cli], warm cache", took["wheel"], "s", 10),
            Row("pip install from source with [cli], warm cache", took["source"], "s", 30),
        ]
    )


if __name__ == "__main__":
    main()
