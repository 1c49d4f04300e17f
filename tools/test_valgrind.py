#!/usr/bin/python3
"""Run the launch lines of the elements' documentation under valgrind's memcheck.

    make test-valgrind
    xvfb-run -a .venv/bin/python tools/test_valgrind.py nvstreammux nvosdbin

It sees what the sanitizers do not: memory that is read before it was written, also by a library to
which it was given. The plugin is that of ``.venv``. Lines with an element that loads Python are
left out, since that takes minutes under valgrind, and nvmsgbroker's, which needs a server. Reports
in which none of our code is are of others; of those with it, ``tools/valgrind.supp`` suppresses
what is known, with the reason.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUPPRESSIONS = ROOT / "tools" / "valgrind.supp"
NEED_MORE = ("nvinfer", "nvmsgbroker", "Python")
WORDS = ["valgrind", "-q", "--num-callers=40", f"--suppressions={SUPPRESSIONS}"]
PATIENCE = 300  # seconds


class CannotRun(Exception):
    """Something is missing here; the message says what, and what to do."""


def lines() -> dict[str, str]:
    """Return the launch lines that can be run, by the names of their elements."""
    found = runpy.run_path(str(ROOT / "docs" / "_ext" / "launchlines.py"))["launch_lines"]()
    return {
        name: line.replace("num-buffers=100", "num-buffers=5")
        for name, line in found.items()
        if not any(word in line for word in NEED_MORE)
    }


def prepare(folder: Path) -> dict[str, str]:
    """Write the files that the lines name; return the environment that they run in."""
    sys.path.insert(0, str(ROOT / "tests"))
    from standins.launchfiles import write_files  # type: ignore[import-not-found]

    from pythiags import portable

    source = "videotestsrc num-buffers=5 ! video/x-raw,width=160,height=120 ! x264enc"
    line = f"gst-launch-1.0 -q {source} ! filesink location={folder / 'video.h264'}"
    subprocess.run(line.split(), check=True)
    write_files(folder)
    environ = os.environ | {
        "GST_PLUGIN_PATH": str(portable.plugin_path()),
        "GST_REGISTRY": str(folder / "registry.bin"),
        "G_SLICE": "always-malloc",  # else GLib gives memory away again, unseen
    }
    # Plugins are looked for once, without valgrind.
    words = ["gst-inspect-1.0", "nvdsosd"]
    subprocess.run(words, env=environ, check=True, capture_output=True)
    return environ | {"GST_REGISTRY_UPDATE": "no", "LD_LIBRARY_PATH": str(nvidias(folder))}


def nvidias(folder: Path) -> Path:
    """Return a folder with NVIDIA's libraries of metadata, where dsmetaconvert needs no Python."""
    from pythiags.nvidia import METADATA, decoder_folder

    place = folder / "nvidia"
    place.mkdir()
    found = decoder_folder()
    for name in METADATA if found else ():
        (place / name).symlink_to(found / name)
    return place


def reports_of(log: str) -> list[str]:
    """Return the reports of a log in which our code is."""
    return [each for each in re.split(r"\n==\d+== \n", log) if "pythiags" in each]


def run(name: str, line: str, folder: Path, environ: dict[str, str]) -> list[str]:
    """Run a line; return what was found, and how it failed."""
    log = folder / f"{name}.log"
    words = " ".join([*WORDS, f"--log-file={log}", "gst-launch-1.0", "-q"])
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("gst-launch-1.0", f"exec {words}", 1)],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    failed = [done.stderr] if done.returncode or done.stderr else []
    return reports_of(log.read_text(errors="replace")) + failed


def main() -> int:
    """Run the lines of the elements that the command line names, or all."""
    if shutil.which("valgrind") is None:
        raise CannotRun("there is no valgrind: apt-get install valgrind")
    known = lines()
    unknown = sorted(set(sys.argv[1:]) - set(known))
    if unknown:
        raise CannotRun(f"no line of {unknown[0]!r} can be run; known: {', '.join(known)}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        environ = prepare(Path(folder))
        for name in sys.argv[1:] or known:
            found = run(name, known[name], Path(folder), environ)
            print(f"{'FOUND' if found else 'passed'}  {name}", *found, sep="\n", flush=True)
            failed += bool(found)
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
