"""``Probe`` and what it calls; and probes that are made by name."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyds._pyds import batch_view
from pythiags.lookalikes.pyservicemaker.buffers import Buffer, check_constructed
from pythiags.lookalikes.pyservicemaker.metadata import BatchMetadata
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "BatchMetadataOperator",
    "BufferObserver",
    "BufferOperator",
    "CommonFactory",
    "CustomObject",
    "Probe",
    "probe",
    "register_probe",
]


class _Handler:
    """What the bases of handlers have in common."""

    def __init__(self) -> None:
        self._constructed = True
        self._properties: dict[str, Any] = {}

    def get_property(self, name: str) -> Any:
        """Return a property of the probe that calls this; None: it has none of this name."""
        return self._properties.get(name)


class BatchMetadataOperator(_Handler):
    """The base of what reads and changes metadata: override ``handle_metadata()``."""

    def handle_metadata(self, batch_meta: Any) -> None:
        """Handle the metadata of a buffer, in the streaming thread."""
        raise RuntimeError(f"{type(self).__name__} does not override handle_metadata(batch_meta)")


class BufferOperator(_Handler):
    """The base of what sees buffers, and may drop them: override ``handle_buffer()``."""

    def handle_buffer(self, buffer: Buffer) -> bool:
        """Handle a buffer, in the streaming thread; a result without a value of truth drops it."""
        raise RuntimeError(f"{type(self).__name__} does not override handle_buffer(buffer)")


class BufferObserver(_Handler):
    """The base of what only sees buffers: override ``handle_buffer()``."""

    def handle_buffer(self, buffer: Buffer) -> None:
        """Handle a buffer, in the streaming thread."""
        raise RuntimeError(f"{type(self).__name__} does not override handle_buffer(buffer)")


class CustomObject:
    """What has a name and properties, and is attached to a node: NVIDIA's ``Object``.

    Args:
        name: Its name.
        properties: Its properties, with their defaults.
        kind: What made it, for errors.
    """

    def __init__(
        self, name: str, properties: Mapping[str, Any] | None = None, kind: str = ""
    ) -> None:
        self.name = name
        self.kind = kind
        self.properties = dict(properties or {})

    def set(self, properties: Mapping[str, Any]) -> None:
        """Set properties.

        Raises:
            AttributeError: It has none of a name.
        """
        for name, value in properties.items():
            if name not in self.properties:
                known = ", ".join(sorted(self.properties)) or "none"
                raise AttributeError(
                    f"{self.kind or type(self).__name__} {self.name!r} has no property {name!r}; "
                    f"it has: {known}"
                )
            self.properties[name] = value


class Probe(CustomObject):
    """A handler for a pad of a node.

    Args:
        name: Its name.
        operator: What is called for each buffer.
        properties: What the handler may ask for by ``get_property()``.
        kind: What made it, for errors.
    """

    def __init__(
        self,
        name: str,
        operator: BatchMetadataOperator | BufferOperator | BufferObserver,
        properties: Mapping[str, Any] | None = None,
        kind: str = "",
    ) -> None:
        super().__init__(name, properties, kind)
        self.handler: Any = operator
        check_constructed(operator, _base_of(operator))
        operator._properties = self.properties  # noqa: SLF001

    @staticmethod
    def create(plugin: str, name: str) -> Probe:
        """Return a new probe of a kind that is known by its name."""
        made = CommonFactory.create(plugin, name)
        if not isinstance(made, Probe):
            raise TypeError(f"{plugin} makes no probe")
        return made

    def install(self, pad: Any, guard: Callable[..., Any]) -> Callable[[], None]:
        """Have the handler called for the buffers of a pad; return what ends that."""
        from pythiags.gst import Gst

        handle = self._for_metadata if self._handles_metadata else self._for_buffers
        number = pad.add_probe(Gst.PadProbeType.BUFFER, handle(guard))
        return lambda: pad.remove_probe(number)

    @property
    def _handles_metadata(self) -> bool:
        return isinstance(self.handler, BatchMetadataOperator)

    def _for_metadata(self, guard: Callable[..., Any]) -> Callable[..., int]:
        handle = self.handler.handle_metadata

        def on_buffer(_pad: Any, info: Any) -> int:
            batch_meta = batch_view(BatchMetadata, hash(info.get_buffer()))
            if batch_meta is not None:
                guard(handle, batch_meta, failed=None)
            return 1  # Gst.PadProbeReturn.OK

        return on_buffer

    def _for_buffers(self, guard: Callable[..., Any]) -> Callable[..., int]:
        handle = self.handler.handle_buffer
        drops = isinstance(self.handler, BufferOperator)

        def on_buffer(_pad: Any, info: Any) -> int:
            kept = guard(handle, Buffer(info.get_buffer()), failed=True)
            return 1 if kept or not drops else 0  # Gst.PadProbeReturn.OK and DROP

        return on_buffer


def _base_of(operator: object) -> type:
    for base in (BatchMetadataOperator, BufferOperator, BufferObserver):
        if isinstance(operator, base):
            return base
    raise TypeError(
        "__init__(): incompatible constructor arguments. The following argument types are "
        "supported:\n    1. Probe(name: str, operator: BufferOperator)\n    2. Probe(name: str, "
        f"operator: BatchMetadataOperator)\n\nInvoked with: {operator!r}"
    )


# ---- by name ----

_lock = threading.Lock()
_made: dict[str, tuple[type, dict[str, Any]]] = {}


def register_probe(
    name: str, cls: type, params: Mapping[str, tuple[Any, ...]] | None = None
) -> type:
    """Have ``attach(…, "name", …)`` make a probe of a class, and return the class.

    Args:
        name: By which it is asked for.
        cls: A subclass of ``BatchMetadataOperator`` or ``BufferObserver``.
        params: Its properties: ``{"font-size": ("integer", 12)}``, with a text behind if wanted.
    """
    defaults = {key: spec[1] for key, spec in (params or {}).items()}
    with _lock:
        _made[name] = (cls, defaults)
    return cls


def probe(name: str, params: Mapping[str, tuple[Any, ...]] | None = None) -> Callable[[type], type]:
    """Return the decorator that registers a class: see ``register_probe()``."""
    return lambda cls: register_probe(name, cls, params)


class CommonFactory:
    """Makes what is known by a name: the probes of NVIDIA's modules, and registered ones."""

    @staticmethod
    def create(factory_name: str, instance_name: str) -> Any:
        """Return a new object.

        Args:
            factory_name: Such as ``measure_fps_probe``; before a dot it may name its module.
            instance_name: The object's own.

        Raises:
            RuntimeError: There is no such kind.
        """
        from pythiags.lookalikes.pyservicemaker import builtin

        kind = factory_name.rpartition(".")[2]
        with _lock:
            cls, defaults = _made.get(kind, (None, {}))
        if cls is not None:
            return Probe(instance_name, cls(), defaults, kind)
        maker = builtin.MAKERS.get(kind)
        if maker is not None:
            return maker(instance_name)
        hint = hint_for(kind, [*builtin.MAKERS, *_made])
        raise RuntimeError(
            f"there is no custom object {factory_name!r}; {hint}; modules in C++ need DeepStream"
        )
