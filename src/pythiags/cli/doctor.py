"""Report what is installed, what is missing, and the command that fixes it.

Each check stands alone and survives whatever is missing, GStreamer and PyGObject included.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pythiags.errors import MissingDependency
from pythiags.extras import install_line
from pythiags.lookalikes.finder import LOOK_ALIKE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pythiags.nvidia import Library

__all__ = ["Finding", "examine"]

PIP = f"{sys.executable} -m pip"
CHILD_SECONDS = 30
APT = "sudo apt install"
PYDS_WHEELS = "https://github.com/NVIDIA-AI-IOT/deepstream_python_apps/releases"

# Debian package, an element that it brings, what it is good for.
PLUGINS = (
    ("gstreamer1.0-plugins-base", "videoconvert", "raw video, test pictures"),
    ("gstreamer1.0-plugins-good", "qtdemux", "MP4, Matroska, RTSP"),
    ("gstreamer1.0-plugins-bad", "h264parse", "parsers of H.264 and H.265"),
    ("gstreamer1.0-libav", "avdec_h264", "decoding H.264 on a CPU"),
    ("gstreamer1.0-plugins-ugly", "x264enc", "encoding H.264 on a CPU"),
)
PYTHON_PARTS = (("kivy", "kivy", "windows"),)
CARD_PYTHON = (3, 11)  # the oldest with ONNX Runtime's package for cards
# Run in a child: a pyds that does not fit the machine's libraries may take its process along.
PYDS_PROBE = """
import pyds
real = hasattr(pyds, "gst_buffer_get_nvds_batch_meta")
print("real" if real else "wrong", getattr(pyds, "__version__", "of unknown version"))
"""


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's table.

    Attributes:
        what: The part.
        state: ``missing`` is what must be there, ``optional`` what need not be, ``left`` what an
            earlier run has left.
        found: What is there.
        remedy: The command that fixes it; empty if there is nothing to do.
    """

    what: str
    state: Literal["ok", "missing", "optional", "wrong", "left"]
    found: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at the parts one after another."""
    yield _python()
    yield _pygobject()
    yield from _gstreamer()
    has_card = yield from _card()
    yield _onnxruntime(has_card=has_card)
    if has_card and _version("onnxruntime-gpu"):
        yield from _runtime_libraries()
    for name, extra, use in PYTHON_PARTS:
        yield _python_part(name, extra, use)
    yield _display()
    yield _fonts()
    yield from _leftovers()
    yield from _dead_letters()


def _python() -> Finding:
    found = f"{platform.python_version()} ({sys.executable})"
    return Finding("Python", "ok", found)


def _pygobject() -> Finding:
    version = _version("PyGObject") or _version("pygobject")
    if importlib.util.find_spec("gi") is None:
        return Finding("PyGObject", "missing", "not installed", f"{APT} python3-gi")
    return Finding("PyGObject", "ok", version or "installed")


def _gstreamer() -> Iterator[Finding]:
    try:
        from pythiags.gst import Gst
    except (ImportError, ValueError) as error:  # no gi, no typelib
        remedy = f"{APT} gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0"
        yield Finding("GStreamer", "missing", str(error), remedy)
        return
    version = ".".join(map(str, Gst.version()[:3]))
    if Gst.version()[:2] < (1, 20):
        yield Finding("GStreamer", "wrong", version, "GStreamer 1.20 or later is needed")
    else:
        yield Finding("GStreamer", "ok", version)
    for package, element, use in PLUGINS:
        if Gst.ElementFactory.find(element):
            yield Finding(package, "ok", use)
        else:
            yield Finding(package, "missing", f"no {element}: {use}", f"{APT} {package}")
    yield from _deepstream()


def _deepstream() -> Iterator[Finding]:
    from pythiags import portable
    from pythiags.gst import Gst

    names = portable.available()
    stand_ins = portable.install(names)
    real = [name for name in names if name not in stand_ins]
    if real:
        plugin = Gst.ElementFactory.find(real[0]).get_plugin()
        version = plugin.get_version() if plugin else "of unknown version"
        yield Finding("DeepStream", "ok", f"{version}: {', '.join(real)}")
    else:
        yield Finding("DeepStream", "optional", "not installed; portable elements are used instead")
    if stand_ins:
        yield Finding("portable elements", "ok", ", ".join(stand_ins))
    yield _pyds(deepstream=bool(real))


def _pyds(*, deepstream: bool) -> Finding:
    wheel = f"{PIP} install <the wheel of your DeepStream's version from {PYDS_WHEELS}>"
    spec = importlib.util.find_spec("pyds")
    if spec is None or spec.origin == LOOK_ALIKE:
        use = "not installed; only pictures on a Jetson need it"
        return Finding("pyds", "optional", use, wheel if deepstream else "")
    command = [sys.executable, "-c", PYDS_PROBE]
    probe = _output_of(command)
    answer = probe.stdout.strip()
    if answer.startswith("real"):
        return Finding("pyds", "ok", answer)
    remedy = f"{PIP} uninstall pyds" + (f", then {wheel}" if deepstream else "")
    if answer.startswith("wrong"):
        found = "an unrelated package of the same name from PyPI, not NVIDIA's bindings"
        return Finding("pyds", "wrong", found, remedy)
    reason = (probe.stderr.strip().splitlines() or [f"exit status {probe.returncode}"])[-1]
    return Finding("pyds", "wrong", f"cannot be imported: {reason}", remedy)


def _card() -> Generator[Finding, None, bool]:
    """NVIDIA's card, and what it takes to decode on it; returns whether there is one."""
    from pythiags import nvidia

    try:
        driver = nvidia.driver()
    except MissingDependency as problem:
        remedy = (problem.hint or "") if nvidia.has_driver() else ""  # most machines have no card
        yield Finding("NVIDIA card", "optional", f"none: {problem.message}", remedy)
        return False
    cards = [f"{each.number}: {each.name}, {each.memory / 2**30:.0f} GiB" for each in driver.cards]
    cuda = ".".join(map(str, driver.cuda))
    version = f" {driver.version}" if driver.version else ""
    found = "; ".join([*cards, f"driver{version} for CUDA {cuda}"])
    if driver.is_too_old:
        remedy = f"install driver {nvidia.LEAST_DRIVER} or later, for CUDA {nvidia.CUDA}"
        yield Finding("NVIDIA card", "wrong", found, remedy)
        return False
    yield Finding("NVIDIA card", "ok", found)
    yield from _card_libraries()
    return True


def _card_libraries() -> Iterator[Finding]:
    from pythiags import nvidia

    folder = nvidia.decoder_folder()
    if folder is None:
        yield _no_decoder(platform.machine())
        return
    yield Finding(nvidia.DECODER, "ok", f"{_version(nvidia.DECODER)}: {folder}")
    for each in nvidia.libraries():
        yield _library(each, "NVIDIA's decoder needs it")


def _runtime_libraries() -> Iterator[Finding]:
    """What the package of ONNX Runtime for cards needs, and does not bring by itself."""
    from pythiags import nvidia

    shown = {each.name for each in nvidia.libraries()} if nvidia.decoder_folder() else set()
    for each in nvidia.runtime_libraries():
        if each.name not in shown:
            yield _library(each, "without it networks run on the CPU")


def _library(library: Library, use: str) -> Finding:
    if library.path:
        return Finding(library.name, "ok", library.path)
    return Finding(library.name, "missing", use, library.remedy)


def _no_decoder(machine: str) -> Finding:
    from pythiags import nvidia

    if machine != nvidia.MACHINE:
        found = f"NVIDIA has none for {machine}: video is decoded on the CPU"
        return Finding(nvidia.DECODER, "optional", found)
    found = "not installed: decodes on the card where DeepStream is not installed"
    return Finding(nvidia.DECODER, "optional", found, install_line("gpu"))


def _onnxruntime(*, has_card: bool) -> Finding:
    """ONNX Runtime comes in two packages, for a CPU and for cards, with the same files."""
    of_cpu, of_card = _version("onnxruntime"), _version("onnxruntime-gpu")
    if of_cpu and of_card:
        keep = "gpu" if has_card else "infer"
        return Finding(
            "onnxruntime",
            "wrong",
            f"onnxruntime {of_cpu} and onnxruntime-gpu {of_card} overwrite each other's files",
            f"{PIP} uninstall --yes onnxruntime onnxruntime-gpu, then {install_line(keep)}",
        )
    use = "runs the models of a portable nvinfer"
    if of_card or not has_card:
        return _python_part("onnxruntime", "infer", use)
    if sys.version_info < CARD_PYTHON:
        part = _python_part("onnxruntime", "infer", use)
        why = "on the CPU: the package for cards needs Python 3.11 or later"
        return replace(part, state="optional", found=f"{part.found} {why}")
    if of_cpu is None:
        return _python_part("onnxruntime", "gpu", use)
    remedy = f"{PIP} uninstall --yes onnxruntime, then {install_line('gpu')}"
    return Finding("onnxruntime", "optional", f"{of_cpu}: runs networks on the CPU alone", remedy)


def _python_part(name: str, extra: str, use: str) -> Finding:
    if importlib.util.find_spec(name) is None:
        remedy = install_line(extra)
        return Finding(name, "optional", f"not installed: {use}", remedy)
    return Finding(name, "ok", _version(name) or _version(f"{name}-gpu") or "installed")


def _display() -> Finding:
    from pythiags.kivy.display import HINT, why_no_display

    reason = why_no_display()
    if reason is not None:
        return Finding("display", "optional", reason, HINT)
    return Finding("display", "ok", "answers")


def _fonts() -> Finding:
    """Text over video is drawn with the system's fonts."""
    remedy = f"{APT} fonts-dejavu-core"
    fc_list = shutil.which("fc-list")
    if fc_list:
        count = len(set(_output_of([fc_list, ":", "family"]).stdout.splitlines()))
    else:
        count = sum(1 for _ in Path("/usr/share/fonts").rglob("*.[ot]tf"))
    if count == 0:
        return Finding("fonts", "optional", "none: no text can be drawn over video", remedy)
    return Finding("fonts", "ok", f"{count} families" if fc_list else f"{count} files")


def _leftovers() -> Iterator[Finding]:
    """Events on disk of runs that were killed, in the folder where they go by default."""
    from pythiags.channel.spillfile import SpillFile

    for folder in _state_dir("spill"):
        for left in SpillFile.left(folder):
            if left.file is None:
                what = f"cannot be read ({left.error})"
                remedy = "delete it: its events cannot be counted"
            else:
                what = f"{left.events} event{'s'[: left.events != 1]}"
                origin = f"{left.file.pipeline}: " if left.file.pipeline else ""
                remedy = f"{origin}run it again with --leftovers=deliver or --leftovers=discard"
                left.file.close()
            found = f"{left.path}: {what}, {_age_and_size(left.path)}"
            yield Finding("events of a killed run", "left", found, remedy)


def _dead_letters() -> Iterator[Finding]:
    """Events that no worker process has survived."""
    for folder in _state_dir("dead-letters"):
        for path in sorted(folder.glob("*.jsonl")):
            found = f"{path}: {_age_and_size(path)}"
            yield Finding("dead letters", "left", found, "read them, then delete the file")


def _state_dir(kind: str) -> Iterator[Path]:
    """Yield the folder of one kind, if there is one."""
    from pythiags.errors import ConfigError
    from pythiags.statedir import state_dir

    with contextlib.suppress(ConfigError):
        yield state_dir(kind)


def _age_and_size(path: Path) -> str:
    from pythiags.statedir import age_of

    return f"{age_of(path)} old, {path.stat().st_size / 1e6:.1f} MB"


def _output_of(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run one of our own commands; nothing that a user typed comes here."""
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, timeout=CHILD_SECONDS, check=False
    )


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
