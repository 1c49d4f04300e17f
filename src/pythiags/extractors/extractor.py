"""The interface of extractors: one method that a user writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias

from pythiags.abstract import Abstract, abstractmethod
from pythiags.errors import UserCodeError
from pythiags.usercode import GENERATOR, called, check_runs, check_spelling, construct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.gst import Gst
    from pythiags.gst._gst import RecordProbe

__all__ = ["Extractor", "ExtractorLike", "Native", "as_extractor", "run_through"]

_SYNCHRONOUS: Final = (
    "write it with def: it runs in the streaming thread, which cannot await; "
    "a consumer may use async def"
)


class Extracts(Protocol):
    """An extractor, or any object with its method."""

    def extract_metadata(self, pad: Any, info: Any, /) -> Any:
        """Read one buffer."""


ExtractorLike: TypeAlias = "Extracts | Callable[[], Extracts] | Callable[[Any, Any], Any]"
"""What ``attach`` accepts: an extractor, a factory without arguments, or a function."""


class Native(NamedTuple):
    """How C reads what an extractor wants, without the GIL.

    Attributes:
        attach: Puts a probe on a pad, which fills the rings behind channels; with several, a frame
            goes to the one numbered by its source, modulo how many there are.
        decode: Makes of what the probe puts in what ``extract_metadata`` would have given; a
            function of a module, since it may run in another process.
    """

    attach: Callable[[Gst.Pad, Sequence[object]], RecordProbe]
    decode: Callable[[Any], Any]


class Extractor(Abstract):
    """Reads metadata from each buffer, in the streaming thread, so it must be fast.

    Only ``extract_metadata()`` has to be written::

        class Labels(Extractor):
            def extract_metadata(self, pad, info):
                return [
                    obj.obj_label
                    for frame in frames_per_batch(info)
                    for obj in objects_per_frame(frame)
                ]

    Its exceptions are counted and logged; the buffer continues downstream in any case.

    Attributes:
        writable: Set it to True in an extractor that writes: it is given a buffer that no other
            branch of the pipeline shares, with a copy of the metadata where it was shared.
    """

    writable: bool = False

    def __init_subclass__(cls, **more: Any) -> None:
        """Refuse a subclass that has misspelled ``extract_metadata``.

        Raises:
            UserCodeError: Names both.
        """
        super().__init_subclass__(**more)
        check_spelling(cls, Extractor, "extract_metadata")

    @abstractmethod
    def extract_metadata(self, pad: Any, info: Any) -> Any:
        """Read one buffer.

        Args:
            pad: The ``Gst.Pad`` that the buffer passes.
            info: What ``frames_per_batch()`` takes; ``info.get_buffer()`` gives the
                ``Gst.Buffer``, valid until this call returns.

        Returns:
            Events of plain values, which the consumer receives as one item. A generator is run to
            its end at once. None, or an empty container: nothing is sent.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no method extract_metadata(self, pad, info)"
        )

    def native(self) -> Native | None:
        """Return what does the same without Python in the streaming thread; None: there is nothing.

        Asked once for each attachment, before the pipeline plays.
        """
        return None


class _Function(Extractor):
    """A plain function as an extractor."""

    extract_metadata: Any = None

    def __init__(self, function: Callable[[Any, Any], Any], *, writable: bool) -> None:
        self.extract_metadata = function
        self.writable = writable


def as_extractor(it: object) -> Extractor:
    """Make an extractor of an extractor, its class, or a function of ``(pad, info)``.

    Raises:
        UserCodeError: It is none of these, its constructor raises, or its signature does not fit.
    """
    it = construct(it, "extractor")
    function = called(it, Extractor, "extract_metadata", ("pad", "info"))
    check_runs(function, "the extractor", hint=_SYNCHRONOUS, allowed=frozenset({GENERATOR}))
    if isinstance(it, Extractor):
        return it
    return _Function(function, writable=bool(getattr(it, "writable", False)))


def run_through(events: Any) -> Any:
    """Return what an extractor returned, a generator run to its end: its buffer is here only now.

    Raises:
        UserCodeError: It is a coroutine or an async generator, of which nothing has run.
    """
    if isinstance(events, Iterator):
        return list(events)
    if isinstance(events, (Coroutine, AsyncIterator)):
        if isinstance(events, Coroutine):
            events.close()
        kind = type(events).__name__
        raise UserCodeError(
            f"the extractor returned a {kind}: its body never ran", hint=_SYNCHRONOUS
        )
    return events
