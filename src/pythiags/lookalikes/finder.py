"""Where ``import pyds`` looks last: modules in the place of NVIDIA's that are not installed.

``cuda`` (of the package cuda-python), which NVIDIA's samples ask for the kind of GPU, answers that
there is no device.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Final

from pythiags.lookalikes import nodevice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, ModuleType

__all__ = ["LOOK_ALIKE", "Finder", "install"]

LOOK_ALIKE: Final = "pythiags.lookalikes.pyds"
"""What the spec of a ``pyds`` that is not the real one has as its origin."""

GPU_ARRAYS: Final = ("cupy", "pycuda", "cudf", "tensorrt")


class Finder(MetaPathFinder):
    """Finds modules that no other finder has found.

    Args:
        explain: Whether libraries for arrays on a GPU, which are not installed, are explained.
    """

    def __init__(self, *, explain: bool = False) -> None:
        self.explain = explain

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the signature is Python's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Return the spec of a look-alike; None: it is no such name."""
        if fullname == "pyds":
            return ModuleSpec(fullname, _Pyds(), origin=LOOK_ALIKE)
        if fullname in nodevice.MODULES:
            return ModuleSpec(fullname, _NoDevice(), origin="no device", is_package=True)
        if self.explain and fullname in GPU_ARRAYS and _is_imported(sys._getframe()):  # noqa: SLF001
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: it needs an NVIDIA GPU; on a CPU the pictures are "
                "numpy arrays, from pyds.get_nvds_buf_surface",
                name=fullname,
            )
        return None


def _is_imported(frame: FrameType | None) -> bool:
    """Whether an import asks, and not ``importlib.util.find_spec()``, which answers None."""
    for _ in range(2):  # this finder's find_spec(), and importlib's that asks all finders
        frame = None if frame is None else frame.f_back
    return frame is not None and frame.f_code.co_name == "_find_and_load_unlocked"


class _Pyds(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002
        return importlib.import_module(LOOK_ALIKE)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it has run."""


class _NoDevice(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return nodevice.make(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it is made whole."""


def install(*, explain: bool = False) -> None:
    """Have ``import pyds`` and ``import cuda`` find look-alikes, where the real ones are absent.

    It may be called again.

    Args:
        explain: Whether ``import cupy`` and the like say why they fail.
    """
    for finder in sys.meta_path:
        if isinstance(finder, Finder):
            finder.explain |= explain
            return
    sys.meta_path.append(Finder(explain=explain))
