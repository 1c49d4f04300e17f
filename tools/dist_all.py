#!/usr/bin/python3
"""Make an sdist and a wheel for each supported Python, and install each wheel once.

    sudo make dist-all

Each wheel is built in a folder of the oldest release that has its Python, since it runs with that
glibc and that GStreamer and later ones; then it is installed in a pristine folder, beside the
packages of ``aptitude.run.list`` alone, and plays. See :mod:`folders` for what this machine needs.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from folders import ROOT, CannotRun, Folder

RELEASES = {"3.10": "jammy", "3.11": "bookworm", "3.12": "noble", "3.13": "trixie"}
DIST = ROOT / "dist"
TRY = """
setup/install-packages setup/aptitude.run.list
python3 -m venv --system-site-packages /root/app
cd /root
app/bin/pip install --quiet "$(ls /root/pythiags-*.whl)[cli,infer]"
text='videotestsrc num-buffers=3 ! nvvideoconvert ! nvdsosd ! fakesink'
app/bin/pythiags launch "$text"
export GST_PLUGIN_PATH="$(app/bin/pythiags plugin-path)"
gst-inspect-1.0 pythiags | tail -1
gst-launch-1.0 -q $text
"""


def build(release: str) -> Path:
    """Build in a folder of a release; returns the wheel, which is in ``dist`` as the sdist is.

    Raises:
        CannotRun: It failed.
    """
    folder = Folder(release, name="dist")
    folder.make()
    products = folder.clone / "dist"
    shutil.rmtree(products, ignore_errors=True)
    if folder.run("make", "--silent", "dist") != 0:
        raise CannotRun(f"make dist failed on {release}")
    DIST.mkdir(exist_ok=True)
    for product in products.iterdir():
        shutil.copy(product, DIST)
    (wheel,) = products.glob("*.whl")
    return DIST / wheel.name


def install(release: str, wheel: Path) -> None:
    """Install a wheel in a pristine folder of a release, and play with it.

    Raises:
        CannotRun: It failed.
    """
    folder = Folder(release, name="bare")
    folder.make(fresh=True)
    shutil.copy(wheel, folder.path / "root")
    if folder.run("sh", "-euc", TRY) != 0:
        raise CannotRun(f"{wheel.name} does not work on {release}")


def main() -> None:
    """Build for the Pythons that the command line names, or for all."""
    for python in sys.argv[1:] or RELEASES:
        if python not in RELEASES:
            raise CannotRun(f"no release for Python {python!r}; known: {', '.join(RELEASES)}")
        wheel = build(RELEASES[python])
        install(RELEASES[python], wheel)
        print(f"{wheel.relative_to(ROOT)} works on {RELEASES[python]}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
