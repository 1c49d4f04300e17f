"""``pyservicemaker.signal``: what emits signals of nodes, and what handles them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyservicemaker.logs import tell, tell_once
from pythiags.lookalikes.pyservicemaker.probes import CustomObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = ["Emitter", "SmartRecordingAction", "SmartRecordingSignal", "SourceManager"]


class Emitter(CustomObject):
    """What emits actions of the nodes that it is attached to."""

    actions: tuple[str, ...] = ()

    def __init__(self, name: str, properties: dict[str, Any] | None = None) -> None:
        super().__init__(name, properties)
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


_CONTROL: Final = (
    *("proto-lib", "conn-str", "msgconv-config-file", "proto-config-file", "topic-list"),
)


class SmartRecordingAction(Emitter):
    """``smart_recording_action``: recordings that are started by messages of a broker.

    Messages are not received without DeepStream, which a line on standard error says; a script
    starts and stops recordings by ``Pipeline.start_recording()``.
    """

    actions = ("start-sr", "stop-sr")

    def __init__(self, name: str) -> None:
        super().__init__(name, dict.fromkeys(_CONTROL, ""))

    def attach(self, action_name: str, node: Node) -> None:
        """Take in a node; see the class."""
        super().attach(action_name, node)
        tell_once(
            "smart_recording_action: messages of a broker that start and stop recordings are not "
            "received without DeepStream; Pipeline.start_recording() starts one"
        )


class SmartRecordingSignal(CustomObject):
    """``smart_recording_signal``: tells of each recording of a node that is complete."""

    def connect(self, element: Any, signals: list[str], guard: Callable[..., Any]) -> list[int]:
        """Listen to a node; return the ids of the handlers.

        Raises:
            RuntimeError: It has no such signal.
        """
        from pythiags.gst import GObject

        for signal in signals:
            if not GObject.signal_lookup(signal, element.__gtype__):
                raise RuntimeError(f"{element.get_name()} has no signal {signal!r}")

        def on_done(*_: Any) -> None:
            guard(tell, f"{element.get_name()}: a recording is complete", failed=None)

        return [element.connect(signal, on_done) for signal in signals]

    def disconnect(self) -> None:
        """Nothing is left to end."""


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
