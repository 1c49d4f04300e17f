"""``pyservicemaker.utils``: what watches a pipeline, and a model's file."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyservicemaker.logs import tell, tell_once
from pythiags.lookalikes.pyservicemaker.probes import BatchMetadataOperator, Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = ["EngineFileMonitor", "PerfMonitor"]

LOOK_EVERY: Final = 1.0  # seconds between two looks at a file


class _Counter(BatchMetadataOperator):
    """Counts frames by their source."""

    def __init__(self, counted: Callable[[list[int]], None]) -> None:
        super().__init__()
        self._counted = counted

    def handle_metadata(self, batch_meta: Any) -> None:
        """Count the frames of a batch."""
        self._counted([frame_meta.source_id for frame_meta in batch_meta.frame_items])


class PerfMonitor:
    """Writes how many frames a second come of each source: now, and on the whole.

    A line is due each ``interval`` seconds, and is written when the next buffer comes.

    Args:
        batch_size: How many sources there are.
        interval: Seconds between two lines.
        source_type: The factory of the sources.
        show_name: Whether the names of the streams are written.
        clock: Gives seconds.
        write: Takes a line.
    """

    def __init__(
        self,
        batch_size: int,
        interval: float,
        source_type: str = "",
        show_name: bool = True,
        *,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], object] = print,
    ) -> None:
        self.batch_size, self.interval = batch_size, interval
        self.source_type, self.show_name = source_type, show_name
        self._clock, self._write = clock, write
        self._lock = threading.Lock()
        self._paused = False
        self._names: dict[int, str] = {}
        self._first: dict[int, float] = {}
        self._counts: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._told: float | None = None

    def apply(self, node: Node, tips: str) -> None:
        """Count the frames that pass a pad of a node.

        Args:
            node: Such as the tiler.
            tips: The pad, such as "sink".
        """
        node.attach(Probe("perf-monitor", _Counter(self._count)), tips)

    def pause(self) -> None:
        """Count no frames."""
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        """Count frames again, from now on."""
        with self._lock:
            self._paused = False
            self._told = None
            self._first.clear()
            self._counts.clear()
            self._before.clear()

    def add_stream(self, source_id: int, uri: str, sensor_id: str, sensor_name: str) -> None:
        """Take in a source, by its number and its names."""
        with self._lock:
            self._names[source_id] = sensor_name or sensor_id or uri

    def remove_stream(self, source_id: int) -> None:
        """Forget a source."""
        with self._lock:
            for known in (self._names, self._first, self._counts, self._before):
                known.pop(source_id, None)

    def _count(self, sources: list[int]) -> None:
        now = self._clock()
        with self._lock:
            if self._paused:
                return
            if self._told is None:
                self._told = now
            for source in sources:
                self._first.setdefault(source, now)
                self._counts[source] = self._counts.get(source, 0) + 1
            passed = now - self._told
            if passed < self.interval:
                return
            text = self._text(now, passed)
            self._told, self._before = now, dict(self._counts)
        self._write(text)

    def _text(self, now: float, passed: float) -> str:
        parts = []
        for source, count in sorted(self._counts.items()):
            whole = now - self._first[source]
            rate = (count - self._before.get(source, 0)) / passed
            name = self._names.get(source, f"source_{source}") if self.show_name else f"{source}"
            parts.append(f"{name}: {rate:.2f} ({count / whole if whole > 0 else 0.0:.2f})")
        return f"**PERF:  {'  '.join(parts)}"


class EngineFileMonitor:
    """Watches a model's file, and has nvinfer load it again when it changes.

    The portable nvinfer has no engine of TensorRT: a change is told, and asks for a new start.

    Args:
        node: The nvinfer.
        file: The file; "" watches nothing.
    """

    def __init__(self, node: Node, file: str) -> None:
        self.node, self.file = node, file
        self.started = False
        self._stopped = threading.Event()

    def start(self) -> bool:
        """Watch the file from now on. Whether there is one."""
        if self.started:
            return True
        if not self.file:
            tell_once(
                f"utils.EngineFileMonitor: {self.node.name!r} has no model-engine-file: nothing is "
                "watched"
            )
        self.started = True
        if self.file:
            self._stopped.clear()
            threading.Thread(
                target=self._watch,
                args=(self._state(),),
                name="pyservicemaker-file",
                daemon=True,
            ).start()
        return True

    def stop(self) -> bool:
        """Watch it no more."""
        self.started = False
        self._stopped.set()
        return True

    def _watch(self, seen: tuple[int, int] | None) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            now = self._state()
            if now not in (seen, None):
                tell(
                    f"{self.file} has changed: the portable nvinfer {self.node.name!r} runs an "
                    "ONNX model, and reads it when it starts"
                )
            seen = now

    def _state(self) -> tuple[int, int] | None:
        try:
            found = Path(self.file).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def __repr__(self) -> str:
        """As NVIDIA's has it."""
        return f"EngineFileMonitor(started={int(self.started)})"
