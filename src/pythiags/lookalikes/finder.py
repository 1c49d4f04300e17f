"""Where ``import`` looks last: modules in the place of NVIDIA's that are not installed.

``pyds`` and ``pyservicemaker`` are look-alikes on the portable elements' metadata.

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
        if fullname.partition(".")[0] == "pyservicemaker":
            return _service_maker(fullname)
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


def _service_maker(fullname: str) -> ModuleSpec | None:
    """Return the spec of a module of pyservicemaker; None: it has none of this name."""
    from pythiags.lookalikes import pyservicemaker

    if fullname not in pyservicemaker.MODULES:
        return None
    return ModuleSpec(
        fullname, _ServiceMaker(), origin="pythiags.lookalikes.pyservicemaker", is_package=True
    )


class _ServiceMaker(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        from pythiags.lookalikes import pyservicemaker

        return pyservicemaker.make_module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it is made whole."""


class _NoDevice(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return nodevice.make(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it is made whole."""


def install(*, explain: bool = False) -> None:
    """Have ``import pyds``, ``import pyservicemaker`` and ``import cuda`` find look-alikes.

    Where the real ones are installed, these are found.

    It may be called again.

    Args:
        explain: Whether ``import cupy`` and the like say why they fail.
    """
    for finder in sys.meta_path:
        if isinstance(finder, Finder):
            finder.explain |= explain
            return
    sys.meta_path.append(Finder(explain=explain))
