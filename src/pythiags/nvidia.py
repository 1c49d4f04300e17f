"""NVIDIA's driver, cards and libraries, as far as this machine has them.

Where DeepStream's SDK is not installed, packages of the package index have its decoder, and CUDA.
Their libraries are opened from where pip has put them, in the order in which they need one another:
the decoder's look for CUDA's in a folder where they are not. No Python of those packages is
imported: the decoder's wants others that it does not declare.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pythiags.errors import MissingDependency
from pythiags.extras import install_line

__all__ = [
    "Card",
    "Driver",
    "Library",
    "decoder_folder",
    "driver",
    "has_driver",
    "libraries",
    "load",
    "load_metadata",
    "load_runtime",
    "load_tensorrt",
    "runtime_libraries",
]

CUDA: Final = 13
"""The libraries' version of CUDA, and the oldest that the driver may have."""

LEAST_DRIVER: Final = 580
"""The first driver for CUDA 13."""

DECODER: Final = "nvidia-deepstream-videodecode-cu13"
"""The package of DeepStream's decoder and converter."""

MACHINE: Final = "x86_64"
"""What it is for, as ``platform.machine()`` has it."""

FOLDER: Final = "nvidia/deepstream_videodecode/_libs"
PACKAGED: Final = ("nvidia/*/lib", "tensorrt_libs")
"""Where packages have libraries."""
METADATA: Final = ("libnvds_meta.so", "libnvdsgst_meta.so")
"""The libraries of DeepStream's metadata, in the order of opening: they need no card."""

DRIVER: Final = "libcuda.so.1"
VERSION_FILE: Final = Path("/proc/driver/nvidia/version")

_MISMATCH: Final = 803
_ERRORS: Final = {100: "CUDA_ERROR_NO_DEVICE", _MISMATCH: "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}
_RESTART: Final = "restart the machine: its kernel still has the driver of before an update"
_NO_CARD_HERE: Final = (
    "in a container, pass the devices on (docker run --gpus=all); elsewhere, nvidia-smi says more"
)

# What ONNX Runtime's provider for cards links to, in the order in which they are opened.
_RUNTIME: Final = (
    *(f"libcudart.so.{CUDA}", f"libcublasLt.so.{CUDA}", f"libcublas.so.{CUDA}", "libcufft.so.12"),
    *("libcurand.so.10", "libcudnn.so.9"),
)
_VIDEO_DRIVER: Final = "install the driver's video libraries; in a container, allow 'video'"
_V4L: Final = "sudo apt install libv4lconvert0"

# In the order in which they are opened, and how one that is missing is installed.
_NEEDED: Final = (
    (f"libcudart.so.{CUDA}", install_line("gpu")),
    (f"libnppc.so.{CUDA}", install_line("gpu")),
    (f"libnppig.so.{CUDA}", install_line("gpu")),
    (f"libnppidei.so.{CUDA}", install_line("gpu")),
    ("libnvcuvid.so.1", _VIDEO_DRIVER),
    ("libv4lconvert.so.0", _V4L),
)


@dataclass(frozen=True)
class Card:
    """A card, by its number for ``gpu-id``.

    Attributes:
        number: From 0.
        name: As the driver has it.
        memory: Bytes.
    """

    number: int
    name: str
    memory: int


@dataclass(frozen=True)
class Driver:
    """The driver, and what it drives.

    Attributes:
        version: Such as ``580.95.05``; empty where the kernel does not say.
        cuda: The newest version of CUDA that it runs: major and minor.
        cards: At least one.
    """

    version: str
    cuda: tuple[int, int]
    cards: tuple[Card, ...]

    @property
    def is_too_old(self) -> bool:
        """Whether it cannot run the libraries of the packages."""
        return self.cuda[0] < CUDA


@dataclass(frozen=True)
class Library:
    """A library that the decoder needs.

    Attributes:
        name: The name that it is opened by.
        path: The file in a package of Python's; the name where the system has it; None: nowhere.
        remedy: How it is installed.
    """

    name: str
    path: str | None
    remedy: str


def has_driver() -> bool:
    """Whether there is a driver, be it for no card."""
    return _is_open_to_linker(DRIVER)


def driver() -> Driver:
    """Ask the driver for its cards, which starts CUDA in this process.

    Raises:
        MissingDependency: There is no driver, or it drives nothing.
    """
    try:
        cuda = ctypes.CDLL(DRIVER)
    except OSError as problem:
        raise MissingDependency(
            f"there is no NVIDIA driver: {problem}", hint="install the driver of your card"
        ) from None
    _call(cuda, "cuInit", 0)
    version = _ask(cuda, "cuDriverGetVersion")
    return Driver(
        version=_kernel_version(),
        cuda=(version // 1000, version % 1000 // 10),
        cards=tuple(_card(cuda, number) for number in range(_ask(cuda, "cuDeviceGetCount"))),
    )


def _call(cuda: ctypes.CDLL, name: str, *arguments: object) -> None:
    result = getattr(cuda, name)(*arguments)
    if result:
        raise MissingDependency(
            f"the NVIDIA driver finds no card: {name} returned {_ERRORS.get(result, result)}",
            hint=_RESTART if result == _MISMATCH else _NO_CARD_HERE,
        )


def _ask(cuda: ctypes.CDLL, name: str, *arguments: object) -> int:
    value = ctypes.c_int()
    _call(cuda, name, ctypes.byref(value), *arguments)
    return value.value


def _card(cuda: ctypes.CDLL, number: int) -> Card:
    device = _ask(cuda, "cuDeviceGet", number)
    name, memory = ctypes.create_string_buffer(256), ctypes.c_size_t()
    _call(cuda, "cuDeviceGetName", name, len(name), device)
    _call(cuda, "cuDeviceTotalMem_v2", ctypes.byref(memory), device)
    return Card(number, name.value.decode(errors="replace"), memory.value)


def _kernel_version() -> str:
    try:
        words = VERSION_FILE.read_text().split()
    except OSError:
        return ""
    return next((word for word in words if word[0].isdigit() and "." in word), "")


# ---- the libraries ----


def decoder_folder() -> Path | None:
    """Return where the package of the decoder has its libraries; None: it is not installed."""
    return next(iter(_in_packages(FOLDER)), None)


def libraries() -> list[Library]:
    """Look for what the decoder needs besides its own package, in the order of opening."""
    return [Library(name, _find(name), remedy) for name, remedy in _NEEDED]


def runtime_libraries() -> list[Library]:
    """Look for what ONNX Runtime's provider for cards needs, in the order of opening."""
    return [Library(name, _find(name), install_line("gpu")) for name in _RUNTIME]


def load() -> Path:
    """Open what the decoder's plugins need, for all of this process.

    Returns:
        The folder of the plugins.

    Raises:
        MissingDependency: A package or a library is not installed, or cannot be opened.
    """
    folder = decoder_folder()
    if folder is None:
        raise MissingDependency("NVIDIA's decoder is not installed", hint=install_line("gpu"))
    for library in libraries():
        _open(library, "NVIDIA's decoder")
    # The decoder is a device of libv4l's, which looks here for the code of its devices.
    os.environ["LIBV4L2_PLUGIN_DIR"] = str(folder / "v4l_plugins")
    return folder


def load_metadata() -> None:
    """Open the libraries of DeepStream's metadata, for all of this process.

    Raises:
        MissingDependency: A package or a library is not installed, or cannot be opened.
    """
    folder = decoder_folder()
    if folder is None:
        raise MissingDependency(
            "the package of NVIDIA's metadata is not installed", hint=install_line("gpu")
        )
    for name in METADATA:
        _open(Library(name, str(folder / name), install_line("gpu")), "NVIDIA's metadata")


def load_runtime() -> None:
    """Open what ONNX Runtime's provider for cards needs, for all of this process.

    Raises:
        MissingDependency: A library is not installed, or cannot be opened.
    """
    for library in runtime_libraries():
        _open(library, "ONNX Runtime on a card")


def load_tensorrt(version: int) -> None:
    """Open what ONNX Runtime's provider of TensorRT needs, for all of this process.

    Args:
        version: The major version of TensorRT.

    Raises:
        MissingDependency: A library is not installed, or cannot be opened.
    """
    remedy = f"pip install 'tensorrt-cu{CUDA}>={version},<{version + 1}'"
    for name in ("libnvinfer", "libnvinfer_plugin", "libnvonnxparser"):
        file = f"{name}.so.{version}"
        _open(Library(file, _find(file), remedy), "ONNX Runtime with TensorRT")


def _open(library: Library, user: str) -> None:
    try:
        ctypes.CDLL(library.path or library.name, ctypes.RTLD_GLOBAL)
    except OSError as problem:
        raise MissingDependency(
            f"{user} needs {library.name}: {problem}", hint=library.remedy
        ) from None


def _find(name: str) -> str | None:
    for folder in PACKAGED:
        found = next(iter(_in_packages(f"{folder}/{name}")), None)
        if found is not None:
            return str(found)
    return name if _is_open_to_linker(name) else None


def _in_packages(pattern: str) -> list[Path]:
    return [path for entry in sys.path if entry for path in sorted(Path(entry).glob(pattern))]


def _is_open_to_linker(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
