"""Runs of a network on a card, which are recorded once and then replayed.

A network of a hundred small operators keeps a CPU core busy with launching them one by one. CUDA
records a run as a graph, which is launched at once. It has fixed shapes and fixed places in memory:
pictures are copied on the card, in microseconds, to where the recorded run reads them.

ONNX Runtime can do that by itself, but while it records no thread of the process may allocate
memory of the card, as decoders do. So a run is recorded here, on a stream of ours, which is told to
mind this thread only. A recording is used where it is known to be safe: all that it reads stays as
it is, and it gave the same outputs as the run.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pythiags.portable.stream import Stream

__all__ = ["Feed", "Fetch", "Runner"]

IN_A_ROW: Final = 16
"""Runs of one kind until one of them is recorded."""

_UNSYNCHRONISED: Final = "disable_synchronize_execution_providers"

_log = logging.getLogger("pythiags.nvinfer")

Fetch: TypeAlias = "Callable[[Sequence[str]], list[npt.NDArray[Any]]]"
"""Takes names of outputs. The arrays are good until the next run."""


class Feed:
    """What a network takes besides the pictures, which changes seldom.

    Args:
        pictures: Name and shape of the input for pictures, uint8.
        others: The other inputs.
    """

    def __init__(
        self, pictures: tuple[str, tuple[int, ...]], others: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        self.name, self.shape = pictures
        self.others = others


class Runner:
    """A session of a network, and the run of it that is recorded. One thread at a time may use it.

    Args:
        onnxruntime: The module.
        session: The session; where there is a stream, it runs on that, and for this runner only.
        options: ``onnxruntime.RunOptions``.
        device: Type and number, as ONNX Runtime has them.
        names: The outputs.
        stream: None: nothing is recorded, and any number of threads may use the runner.
    """

    def __init__(
        self,
        onnxruntime: Any,
        session: Any,
        options: Any,
        *,
        device: tuple[str, int],
        names: Sequence[str],
        stream: Stream | None = None,
    ) -> None:
        self.session = session
        self._onnxruntime, self._options = onnxruntime, options
        self._device, self._names = device, tuple(names)
        self._stream = stream
        self._records = stream is not None
        self._recording: _Recording | None = None
        self._kind: Any = None
        self._last: Any = None
        self._count = 0

    def run(self, kind: Any, feed: Callable[[], Feed], address: int) -> Fetch:
        """Run the network.

        Args:
            kind: What is the same in runs with the same feed.
            feed: Makes what it takes.
            address: Of the pictures on the device, which must stay there until their outputs
                are fetched.
        """
        if self._recording is not None and kind == self._kind:
            return self._recording.run(address)
        if self._records and self._is_due(kind):
            self._record(kind, feed(), address)
            if self._recording is not None:
                return self._recording.run(address)
        elif self._recording is not None and not self._recording.lasts:
            self._drop()
        return self._launch(feed(), address)

    def _is_due(self, kind: Any) -> bool:
        self._count = self._count + 1 if kind == self._last else 1
        self._last = kind
        return self._count == IN_A_ROW

    def _launch(self, feed: Feed, address: int) -> Fetch:
        binding = self.session.io_binding()
        binding.bind_input(feed.name, *self._device, np.uint8, feed.shape, address)
        for name, array in feed.others.items():
            binding.bind_cpu_input(name, array)
        # Copied when the run is over, and only what is looked at.
        for name in self._names:
            binding.bind_output(name, *self._device)
        self.session.run_with_iobinding(binding, self._options)
        found = dict(zip(self._names, binding.get_outputs(), strict=True))
        return lambda names: [found[name].numpy() for name in names]

    def _record(self, kind: Any, feed: Feed, address: int) -> None:
        self._drop()
        stream = self._stream
        if stream is None:
            return
        try:
            self._recording = _Recording(
                self._onnxruntime,
                self.session,
                stream,
                device=self._device,
                feed=feed,
                names=self._names,
                address=address,
            )
            self._kind = kind
        except Exception as problem:  # noqa: BLE001 (ONNX Runtime's have no common class)
            _log.info("the network's operators are launched one by one: %s", problem)
            self._records = False
            self._drop()

    def _drop(self) -> None:
        self._recording = self._kind = None
        if self._stream is not None:
            self._stream.forget()

    def close(self) -> None:
        """Free the session, then its stream, which frees what was recorded."""
        stream, self._stream = self._stream, None
        self.session = self._recording = self._kind = None
        self._records = False
        if stream is not None:
            stream.close()


class _Recording:
    """A run of a network, to be replayed with other pictures."""

    def __init__(
        self,
        onnxruntime: Any,
        session: Any,
        stream: Stream,
        *,
        device: tuple[str, int],
        feed: Feed,
        names: Sequence[str],
        address: int,
    ) -> None:
        self._stream = stream
        self._size = math.prod(feed.shape)
        new = onnxruntime.OrtValue.ortvalue_from_shape_and_type
        self._pictures = new(feed.shape, np.uint8, *device)
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input(feed.name, self._pictures)
        for name, array in feed.others.items():
            self._binding.bind_cpu_input(name, array)
        for name in names:
            self._binding.bind_output(name, *device)
        options = onnxruntime.RunOptions()
        options.log_severity_level = 4
        stream.enter()
        self._put(address)
        stream.wait()
        session.run_with_iobinding(self._binding, options)
        self._outputs = dict(zip(names, self._binding.get_outputs(), strict=True))
        for name, value in self._outputs.items():
            self._binding.bind_ortvalue_output(name, value)
        session.run_with_iobinding(self._binding, options)  # all that it allocates is there now
        expected = {name: value.numpy().copy() for name, value in self._outputs.items()}
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._like = {name: (array.shape, array.dtype) for name, array in expected.items()}
        options.add_run_config_entry(_UNSYNCHRONISED, "1")
        self.lasts = stream.record(lambda: session.run_with_iobinding(self._binding, options))
        self._compare(expected, address)

    def _compare(self, expected: Mapping[str, npt.NDArray[Any]], address: int) -> None:
        for name, array in expected.items():
            self._stream.fill(self._outputs[name].data_ptr(), array.nbytes)
        self.run(address)
        self._stream.wait()
        for name, array in expected.items():
            got = self._outputs[name].numpy()
            if not np.array_equal(got, array, equal_nan=array.dtype.kind == "f"):
                raise RuntimeError(f"{name} is not what it was before")

    def _put(self, address: int) -> None:
        self._stream.copy(self._pictures.data_ptr(), address, self._size)

    def run(self, address: int) -> Fetch:
        """Begin a run."""
        self._stream.enter()
        self._put(address)
        self._stream.replay()
        return self._fetch

    def _fetch(self, names: Sequence[str]) -> list[npt.NDArray[Any]]:
        for name in names:
            if name not in self._arrays:
                self._arrays[name] = self._stream.array(*self._like[name])
            self._stream.fetch(self._arrays[name], self._outputs[name].data_ptr())
        self._stream.wait()
        return [self._arrays[name] for name in names]
