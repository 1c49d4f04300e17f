"""Scripted sources: what a stream brings, when it stalls, how it fails and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from pythiags.gst.feed import Stall
from pythiags.testing.batches import make_buffer
from pythiags.testing.scene import SceneFrame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.gst import Gst

__all__ = ["END", "Stall", "Step", "script"]


class _End:
    """The end of a stream, as a step."""

    def __repr__(self) -> str:
        return "END"


END: Final = _End()
"""A step: the stream ends here, whatever follows."""

Step: TypeAlias = "SceneFrame | Sequence[SceneFrame] | Stall | BaseException | _End"
"""What may stand in a script."""


def script(*steps: Step) -> Iterator[Gst.Buffer | Stall]:
    """Make the buffers of a stream from a script, for ``App.from_buffers``.

    ::

        stall = Stall()
        steps = [person, person, stall, person, StreamError("the camera is gone")]
        with App.from_buffers(script(*steps)) as app:
            app.attach("source", MyExtract, collected)
            app.start()
            stall.reached.wait()   # both buffers have passed
            stall.release()
            app.join()             # raises the StreamError

    Args:
        steps: In their order. A ``SceneFrame`` is a buffer with one frame, a sequence of them a
            buffer with several. At a ``Stall`` nothing comes until the test releases it. An
            exception ends the run with that error, when what is before it has passed. ``END``, and
            the end of the steps, is the end of the stream.

    Raises:
        TypeError: A step is something else.
    """
    for step in steps:
        if isinstance(step, (SceneFrame, Stall, BaseException, _End)):
            continue
        if not isinstance(step, (list, tuple)) or not all(
            isinstance(each, SceneFrame) for each in step
        ):
            raise TypeError(
                f"expected a SceneFrame, several, a Stall, an exception or END, got {step!r}"
            )
    return _play(steps)


def _play(steps: Sequence[Step]) -> Iterator[Gst.Buffer | Stall]:
    for step in steps:
        if isinstance(step, _End):
            return
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, Stall):
            yield step
        elif isinstance(step, SceneFrame):
            yield make_buffer(step)
        else:
            yield make_buffer(*step)
