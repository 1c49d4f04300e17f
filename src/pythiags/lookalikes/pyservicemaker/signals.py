"""``pyservicemaker.signal``: what emits signals of nodes, and what handles them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker.probes import CustomObject
from pythiags.lookalikes.pyservicemaker.recording import address_of, info_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = ["Emitter", "SmartRecordingSignal", "SourceManager"]


class Emitter(CustomObject):
    """What emits actions of the nodes that it is attached to."""

    actions: tuple[str, ...] = ()

    def __init__(self, name: str, properties: dict[str, Any] | None = None, kind: str = "") -> None:
        super().__init__(name, properties, kind)
        self.nodes: dict[str, list[Node]] = {}

    def attach(self, action_name: str, node: Node) -> None:
        """Have it emit an action of a node.

        Raises:
            RuntimeError: It emits no such action.
        """
        if action_name not in self.actions:
            known = ", ".join(self.actions) or "none"
            raise RuntimeError(
                f"{type(self).__name__} {self.name!r} has no action {action_name!r}; it has: "
                f"{known}"
            )
        self.nodes.setdefault(action_name, []).append(node)

    def arm(self, node: Node) -> Callable[[], None]:
        """Begin with what it does while a pipeline runs; return what ends that.

        Raises:
            RuntimeError: It was attached as a probe is.
        """
        actions = " or ".join(map(repr, self.actions))
        raise RuntimeError(
            f"{self.kind or type(self).__name__} {self.name!r} is attached to {node.name!r} as a "
            f"probe is; call its own attach({actions}, pipeline[{node.name!r}])"
        )


class SmartRecordingSignal(CustomObject):
    """``smart_recording_signal``: writes a line for each recording of a node that is complete."""

    def connect(self, element: Any, signals: list[str], guard: Callable[..., Any]) -> list[int]:
        """Listen to a node; return the ids of the handlers.

        Raises:
            RuntimeError: It has no such signal, or it is another one than "sr-done".
        """
        from pythiags.gst import GObject

        for signal in signals:
            if signal != "sr-done":
                raise RuntimeError(f"smart_recording_signal hears of 'sr-done', not of {signal!r}")
            if not GObject.signal_lookup(signal, element.__gtype__):
                raise RuntimeError(f"{element.get_name()} has no signal {signal!r}")

        def on_done(_element: Any, info: Any, *_: Any) -> None:
            guard(_report, info, failed=None)

        return [element.connect(signal, on_done) for signal in signals]

    def disconnect(self) -> None:
        """Nothing is left to end."""


def _report(pointer: Any) -> None:
    info = info_at(address_of(pointer))
    print(  # noqa: T201 - it is what it is for
        f"Source recorded at {info.file_directory}/{info.file_name}. "
        f"Duration {info.duration / 1000:.2f} sec",
        flush=True,
    )


class SourceManager(Emitter):
    """Adds sources to an ``nvdsdynamicsrcbin``, and takes them away, while it plays.

    Args:
        name: Its name.
    """

    actions = ("add-source", "remove-source", "terminate")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._next = 0

    def _node(self, action: str) -> Any:
        nodes = self.nodes.get(action)
        if not nodes:
            raise RuntimeError(
                f"SourceManager {self.name!r} is attached to no node for {action!r}; call "
                f"attach({action!r}, pipeline[...]) first"
            )
        return nodes[-1]

    def add_source(self, source_name: str) -> int:
        """Add a file or a URI, and return its number."""
        node = self._node("add-source")
        number, self._next = self._next, self._next + 1
        node.emit("add-source", number, source_name)
        return number

    def remove_source(self, source_id: int) -> None:
        """Take a source away, by its number."""
        self._node("remove-source").emit("remove-source", source_id)

    def terminate(self) -> None:
        """End the stream once all sources have ended."""
        self._node("terminate").emit("terminate")
