#!/usr/bin/python3
"""Make a bundle that runs pythiags on a machine without internet, such as one with a card.

    sudo tools/gpu/bundle.py --part-size 48 --to /tmp/bundle system pythiags cpu

It has up to four layers, each an xz archive in parts of so many MiB, ``system.tar.xz.000`` first:

system    Debian 12 with Python, GStreamer and what the benchmarks and the tests import
pythiags  pythiags as this commit has it, with its tests and benchmarks
cpu       ONNX Runtime for a CPU, and OpenVINO
card      ONNX Runtime for a card, and NVIDIA's libraries but for those that ``--without`` names

``enter.py`` beside this file unpacks and runs them over there. See :mod:`folders` for what this
machine needs. The folder is kept, and brought to the commit that is checked out here.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from folders import CLONE, CannotRun, Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RELEASE = "bookworm"
LIBRARIES = "usr/lib/x86_64-linux-gnu"

BUILD = """
setup/install-packages setup/aptitude.run.list setup/aptitude.build.list
rm -rf dist && make --silent wheel
"""
PIP = "build/builder/bin/python -m pip install --quiet --upgrade --target"
COMMON = """
    numpy opencv-python-headless<5 pytest pytest-timeout hypothesis click rich
    flatbuffers packaging protobuf
    """.split()  # noqa: SIM905
RUNTIMES = {  # without what they need, which is named here or above
    "cpu": ["onnxruntime", "openvino", "openvino-telemetry"],
    "card": """
        onnxruntime-gpu nvidia-deepstream-videodecode-cu13 nvidia-npp nvidia-cuda-runtime
        nvidia-cublas nvidia-cudnn-cu13 nvidia-cufft nvidia-curand nvidia-cuda-nvrtc
        nvidia-nvjitlink
        """.split(),  # noqa: SIM905
}
LAYERS = {
    "system": ("",),
    "pythiags": (
        "opt/pythiags",
        *(f"{CLONE}/{part}" for part in ("tests", "benchmarks", "tools/gpu")),
    ),
    "cpu": ("opt/cpu",),
    "card": ("opt/card",),
}

# What the system's layer keeps of Debian. The libraries are those that it needs, and ROOTS.
PROGRAMS = """
    bash cat chmod cp cut dash date env fc-list free head id ldd ln ls mkdir mktemp mv nproc ps pwd
    rm sed sh sleep sort tail taskset tee test timeout touch tr true uname wc ldconfig
    python3 python3.11 gst-launch-1.0 gst-inspect-1.0 gst-plugin-scanner
    """.split()  # noqa: SIM905
PLUGINS = """
    app codecalpha coreelements coretracers debugutilsbad isomp4 jpeg jpegformat libav matroska
    multifile mpegtsdemux mpegtsmux nvcodec pango playback png rawparse typefindfunctions
    videobox videoconvertscale videocrop videofilter videoparsersbad videorate videotestsrc x264
    """.split()  # noqa: SIM905
ROOTS = """
    libgstallocators-1.0.so.0 libgstapp-1.0.so.0 libgstaudio-1.0.so.0 libgstbase-1.0.so.0
    libgstcheck-1.0.so.0 libgstcontroller-1.0.so.0 libgstnet-1.0.so.0 libgstpbutils-1.0.so.0
    libgstreamer-1.0.so.0 libgstrtp-1.0.so.0 libgsttag-1.0.so.0 libgstvideo-1.0.so.0
    libgirepository-1.0.so.1 libgio-2.0.so.0 libpython3.11.so.1.0 libgomp.so.1 libstdc++.so.6
    libv4lconvert.so.0 libpangocairo-1.0.so.0 libpangoft2-1.0.so.0 libnss_files.so.2
    libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1
    """.split()  # noqa: SIM905
KEPT = (
    *("bin", "sbin", "lib", "lib64", "usr/lib64", "usr/lib64/*", "dev", "proc", "sys", "run"),
    *("tmp", "var/tmp", "var/cache/fontconfig", "root", "etc/alternatives/*", "etc/fonts/*"),
    *("etc/group", "etc/passwd", "etc/nsswitch.conf", "etc/ld.so.conf*", "opt/site/*"),
    *("usr/lib/python3*/*", "usr/share/fonts/*", "usr/share/fontconfig/*"),
    *(f"{LIBRARIES}/girepository-1.0/*", f"{LIBRARIES}/ld-linux-*"),
)
LEFT_OUT = (
    *("*/__pycache__/*", "*.pyc", "*.a", "*.pxd", "*/include/*", "*/idlelib/*", "*/lib2to3/*"),
    *("*/ensurepip/*", "*/config-3*/*", "*/numpy/*/tests/*", "usr/lib/python3*/test/*"),
    *(f"*/libnpp{each}.so*" for each in ("ial", "icc", "if", "im", "ist", "isu", "itc", "s")),
)


def build(folder: Folder, layers: Iterable[str], without: Iterable[str]) -> None:
    """Build and install in the folder what the layers have.

    Raises:
        CannotRun: It failed.
    """
    steps = [BUILD]
    if "system" in layers:
        steps.append(f"{PIP} /opt/site {shlex.join(COMMON)}")
    if "pythiags" in layers:
        steps.append(f"{PIP} /opt/pythiags --no-deps dist/*.whl")
    for name, packages in RUNTIMES.items():
        if name in layers:
            wanted = [each for each in packages if each not in without]
            steps.append(f"{PIP} /opt/{name} --no-deps {shlex.join(wanted)}")
    for step in steps:
        if folder.run("sh", "-euc", step) != 0:
            raise CannotRun(f"this failed in {folder.path}: {step.strip()}")


# ---- which files ----


def files(root: Path, top: str) -> Iterator[str]:
    """Yield the paths below a folder of the root, folders included and links not followed."""
    for folder, folders, names in os.walk(root / top):
        here = Path(folder).relative_to(root)
        yield from (str(here / name) for name in (*folders, *names))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns has the path."""
    return any(fnmatch(path, pattern) for pattern in patterns)


def selected(root: Path, layer: str) -> list[str]:
    """Return what a layer has of the folder, folders before what is in them."""
    paths = (path for top in LAYERS[layer] for path in files(root, top))
    if layer == "system":
        libraries = needed(root)
        paths = (path for path in paths if in_system(path) or path in libraries)
    return sorted(path for path in paths if not matches(path, LEFT_OUT))


def in_system(path: str) -> bool:
    """Return whether the system's layer has a path, its libraries aside."""
    folder, _, name = path.rpartition("/")
    if folder in ("usr/bin", "usr/sbin") or name == "gst-plugin-scanner":
        return name in PROGRAMS
    if folder == f"{LIBRARIES}/gstreamer-1.0":
        return name.removeprefix("libgst").removesuffix(".so") in PLUGINS
    return matches(path, KEPT)


def needed(root: Path) -> set[str]:
    """Return the shared libraries of Debian that the rest needs, as the dynamic linker finds them.

    Raises:
        CannotRun: One of them is not there.
    """
    begin = [path for path in files(root, "") if in_system(path) and is_elf(root / path)]
    begin += [f"{LIBRARIES}/{name}" for name in ROOTS]
    words = ["chroot", str(root), "ldd", *(f"/{path}" for path in begin)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = [line.split() for line in done.stdout.splitlines()]
    lost = {words[0] for words in lines if words[-2:] == ["not", "found"]}
    if missing := lost - {"libcuda.so.1"}:
        raise CannotRun(f"{root} lacks {', '.join(sorted(missing))}")
    found = {f"/{LIBRARIES}/{name}" for name in ROOTS}
    found |= {words[2] for words in lines if "=>" in words and words[2].startswith("/")}
    result: set[str] = set()
    for path in found:
        link = root / path.removeprefix("/").removeprefix("usr/")
        while link.is_symlink():
            result.add(inside(root, link))
            target = link.readlink()
            link = root / str(target)[1:] if target.is_absolute() else link.parent / target
        result.add(inside(root, link))
    return result


def inside(root: Path, path: Path) -> str:
    """Return a path of the folder as the archive has it: ``/lib`` is a link to ``/usr/lib``."""
    return os.path.relpath(path.parent.resolve() / path.name, root.resolve())


def is_elf(path: Path) -> bool:
    """Return whether it is a program or a library, and no link to one."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


# ---- packing ----


def pack(root: Path, layer: str, to: Path, part_size: int) -> list[Path]:
    """Write a layer's parts, in place of earlier ones; returns them."""
    if shutil.which("xz") is None:
        raise CannotRun("xz is not installed: apt-get install xz-utils")
    for old in to.glob(f"{layer}.tar.xz.*"):
        old.unlink()
    command = ["sh", "-euc", 'xz -T0 -1 | split -a 3 -d -b "$1" - "$2"', "pack", str(part_size)]
    prefix = to / f"{layer}.tar.xz."
    with subprocess.Popen([*command, str(prefix)], stdin=subprocess.PIPE) as packing:
        with tarfile.open(fileobj=packing.stdin, mode="w|") as archive:
            for path in selected(root, layer):
                archive.add(root / path, path, recursive=False)
        packing.stdin.close()
    if packing.returncode != 0:
        raise CannotRun(f"{prefix}* could not be written")
    return sorted(to.glob(f"{layer}.tar.xz.*"))


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, required=True, help="the folder of the parts")
    parser.add_argument("--part-size", type=int, default=48, metavar="MIB", help="48 unless given")
    parser.add_argument(
        "--without", action="append", default=[], metavar="PACKAGE",
        help="a package of NVIDIA's that the other machine has",
    )  # fmt: skip
    parser.add_argument("layers", nargs="+", choices=LAYERS)
    said = parser.parse_args()
    folder = Folder(RELEASE, name="gpu")
    folder.make()
    build(folder, said.layers, said.without)
    said.to.mkdir(parents=True, exist_ok=True)
    for layer in said.layers:
        for part in pack(folder.path, layer, said.to, said.part_size << 20):
            print(f"{part} {part.stat().st_size / 2**20:.1f} MiB", flush=True)


if __name__ == "__main__":
    try:
        main()
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
