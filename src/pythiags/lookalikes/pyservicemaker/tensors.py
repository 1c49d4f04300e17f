"""``Tensor``, ``as_tensor`` and ``ColorFormat``: arrays in the CPU's memory, for DLPack."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from pythiags.lookalikes.pyservicemaker.buffers import Buffer

__all__ = ["ColorFormat", "Tensor", "as_tensor"]

CPU: Final = (1, 0)  # DLPack's kDLCPU, and which one


class ColorFormat(enum.IntEnum):
    """The formats that a tensor can be wrapped as; the numbers are those of NvBufSurface."""

    I420 = 2
    RGBA = 19
    RGB = 27


class Tensor:
    """Numbers in some shape, which other libraries take by DLPack without a copy.

    NVIDIA's are in the memory of a GPU, and say so whatever they are; these are in the CPU's.

    Args:
        numbers: The numbers; None: there are none, and it has no value of truth.
        format: The order of a picture's dimensions, "HWC" or "CHW"; "": it is no picture.
    """

    __slots__ = ("_format", "_numbers")

    def __init__(self, numbers: Any = None, format: str = "") -> None:  # noqa: A002 - NVIDIA's
        self._numbers = numbers
        self._format = format

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its dimensions."""
        return tuple(self._array.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """How many numbers lie between two of each dimension."""
        array = self._array
        return tuple(step // array.itemsize for step in array.strides)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of its numbers."""
        found: np.dtype[Any] = self._array.dtype
        return found

    @property
    def device_type(self) -> str:
        """The kind of its memory, "CPU", or "NONE" without numbers."""
        return "CPU" if self else "NONE"

    @property
    def _array(self) -> Any:
        if self._numbers is None:
            raise ValueError("the tensor is empty")
        return self._numbers

    def size(self) -> int:
        """Return its size in bytes; 0 without numbers."""
        return 0 if self._numbers is None else int(self._numbers.nbytes)

    def clone(self) -> Tensor:
        """Return a copy that stays when the buffer is gone."""
        return Tensor(None if self._numbers is None else self._numbers.copy(), self._format)

    def to_gpu(self, device_id: int) -> Tensor:
        """Refuse: there is no GPU.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            f"Tensor.to_gpu({device_id}): the portable elements work in the CPU's memory; leave "
            "the tensor where it is"
        )

    def wrap(self, format: ColorFormat) -> Buffer:  # noqa: A002 - NVIDIA's
        """Return a buffer of one picture with these numbers, which are copied.

        Raises:
            ValueError: They are no picture of this format.
        """
        from pythiags.lookalikes.pyservicemaker.buffers import Buffer
        from pythiags.lookalikes.pyservicemaker.pictures import picture

        if self._numbers is None:
            return Buffer()
        return Buffer(picture(self._numbers, self._format, ColorFormat(format)))

    def __dlpack__(self, *, stream: Any = None, **more: Any) -> Any:
        """Give the numbers to another library; there is no stream of a GPU to wait for."""
        if stream not in (None, -1, 1):
            raise BufferError(f"the tensor is in the CPU's memory, and has no stream {stream!r}")
        return self._array.__dlpack__(**more)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return where it is: in the CPU's memory."""
        return CPU

    def __bool__(self) -> bool:
        """Whether it has numbers."""
        return self._numbers is not None

    def __repr__(self) -> str:
        """Describe it."""
        if self._numbers is None:
            return "Tensor(data=[])"
        return (
            f"Tensor(shape={self.shape}, strides={self.strides}, dtype={self.dtype!r}, "
            f"__dlpack_device__={CPU}, device_type=CPU, size={self.size()}, data={self._numbers!r})"
        )


def as_tensor(object: Any, format: str) -> Tensor:  # noqa: A002 - NVIDIA's names
    """Return a tensor that shares the memory of another library's; empty for what is none.

    Args:
        object: What has ``__dlpack__``, such as an array of NumPy or a tensor of PyTorch.
        format: The order of a picture's dimensions: "HWC" or "CHW".

    Raises:
        RuntimeError: It is in the memory of a GPU.
    """
    if not hasattr(object, "__dlpack_device__"):
        return Tensor()
    if isinstance(object, np.ndarray):  # DLPack refuses one that is read-only
        return Tensor(object, format)
    kind = object.__dlpack_device__()[0]
    if int(kind) != CPU[0]:
        raise RuntimeError(
            f"as_tensor: the tensor is on device {int(kind)} of DLPack, expected 1, the CPU; the "
            "portable elements work in the CPU's memory"
        )
    return Tensor(np.from_dlpack(object), format)
