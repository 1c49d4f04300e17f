"""Says what to do where a script loads a library with ctypes that only works beside TensorRT.

Scripts load the plugins of TensorRT that a network needs before its engine is read. The error stays
what it is elsewhere, an OSError that begins with the loader's words: scripts and packages catch it.
"""

from __future__ import annotations

import re
import shlex
from functools import wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.afterimport import when_imported

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["install", "remedy"]

NVIDIAS: Final = re.compile(
    r"lib(nv|cuda|cudnn|cublas|cufft|curand|cusolver|cusparse|npp|tritonserver)"
)
"""How the names of NVIDIA's libraries begin."""

PLUGINS: Final = re.compile(r"plugin|parser|infer|yolo|trt|tensorrt|custom", re.IGNORECASE)
"""What is in the names of the libraries that scripts bring along for networks."""

UNUSED: Final = (
    "networks run from their ONNX file here: "
    "neither plugins of TensorRT nor parsers in C++ are used"
)


def install() -> None:
    """Add what to do to the errors of this process from now on."""
    when_imported("ctypes", _watch)


def _watch(ctypes: Any) -> None:
    ctypes.CDLL.__init__ = _watched(ctypes.CDLL.__init__)


def _watched(load: Callable[..., None]) -> Callable[..., None]:
    @wraps(load)
    def watched(self: Any, name: Any, *arguments: Any, **more: Any) -> None:
        try:
            load(self, name, *arguments, **more)
        except OSError as problem:
            said = remedy(str(name), str(problem))
            if said is None:
                raise
            raise OSError(f"{problem}\n{said}") from None

    return watched


def remedy(name: str, problem: str) -> str | None:
    """Return what to do about a library that cannot be loaded; None: it is any library.

    Args:
        name: What was to be loaded.
        problem: What the loader said: the name of the library that it lacks, and why.
    """
    lacks = PurePath(problem.partition(":")[0]).name
    if "/" in name and (NVIDIAS.match(lacks) or PLUGINS.search(PurePath(name).name)):
        return (
            f"  pythiags run: {UNUSED}\n"
            "  try: catch OSError; or, to leave the script as it is, put an empty library there: "
            f"echo | gcc -shared -x c - -o {shlex.quote(name)}"
        )
    if NVIDIAS.match(lacks):
        return (
            "  pythiags run: libraries of CUDA, TensorRT and DeepStream are not used on a CPU\n"
            "  try: catch OSError, and do without what the library is for"
        )
    return None
