"""Half precision on a CPU: a network's session on OpenVINO, which computes in bfloat16.

``network-mode=2`` asks for it. Where the processor has no instructions for bfloat16, or OpenVINO is
not installed, the network runs in float32, and one line in the log says so.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.extras import install_line
from pythiags.inference import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from pythiags.inference import Config

__all__ = ["HalfSession", "half_session"]

CPU_INFO = Path("/proc/cpuinfo")
INSTRUCTIONS: Final = frozenset({"avx512_bf16", "amx_bf16"})

_log = logging.getLogger("pythiags.nvinfer")


class HalfSession:
    """A network that OpenVINO runs in bfloat16; inputs and outputs are as the network has them.

    Args:
        compiled: OpenVINO's compiled model.
    """

    on_card = False

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._interrupted = False

    def declared(self) -> list[Tensor]:
        """Return the outputs, with the shapes that OpenVINO worked out; 0 is any size."""
        return [
            Tensor(each.get_any_name(), "float32", _shape(each.get_partial_shape()))
            for each in self._compiled.outputs
        ]

    def run(
        self, outputs: Sequence[str], feed: Mapping[str, npt.NDArray[Any]]
    ) -> list[npt.NDArray[Any]]:
        """Run the network once; several threads may do so at the same time.

        Raises:
            RuntimeError: It cannot run, or was interrupted.
        """
        request = self._begin()
        try:
            results = request.infer(dict(feed), share_inputs=True)
            return [results[self._compiled.output(name)] for name in outputs]
        finally:
            with self._lock:
                self._idle.append(request)

    def interrupt(self) -> None:
        """Make all later runs fail; those that are under way end by themselves.

        A request that is cancelled throws in C++, which ends a program where another C++ library,
        such as OpenCV, was loaded before GStreamer and its libunwind.
        """
        with self._lock:
            self._interrupted = True

    def _begin(self) -> Any:
        with self._lock:
            if self._interrupted:
                raise RuntimeError("interrupted")
            return self._idle.pop() if self._idle else self._compiled.create_infer_request()


def half_session(config: Config, *, runs: int, threads: int) -> HalfSession | None:
    """Load a network for half precision; None, and a line in the log: only float32 can be had.

    Args:
        config: Names the network.
        runs: How many runs go on at once.
        threads: How many threads all runs have together.
    """
    where = f"{config.where}: network-mode=2"
    if not INSTRUCTIONS & _cpu_flags():
        _log.info("%s: float32 is used, since the CPU has no instructions for bfloat16", where)
        return None
    try:
        import openvino
    except ImportError as problem:
        line = install_line("openvino")
        _log.info("%s: float32 is used, since OpenVINO is missing (%s): %s", where, problem, line)
        return None
    options = {
        "INFERENCE_PRECISION_HINT": "bf16",
        "NUM_STREAMS": runs,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # decoding and drawing need the cores too
    }
    try:
        compiled = openvino.Core().compile_model(str(config.onnx_file), "CPU", options)
    except Exception as problem:  # noqa: BLE001 (of whatever class it raises)
        _log.warning("%s: float32 is used, since OpenVINO cannot load it: %s", where, problem)
        return None
    _log.info("%s: OpenVINO runs the network in bfloat16", where)
    return HalfSession(compiled)


def _shape(shape: Any) -> tuple[int, ...] | None:
    if shape.rank.is_dynamic:
        return None
    # By number: the end of an iteration is an exception in C++, see HalfSession.interrupt.
    sizes = [shape[number] for number in range(len(shape))]
    return tuple(size.get_length() if size.is_static else 0 for size in sizes)


def _cpu_flags() -> frozenset[str]:
    try:
        lines = CPU_INFO.read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
