"""Every error that pythiags raises, in one tree, with the exit code of each.

::

    PythiagsError (Exception)                    exit code 1
     ├── DescriptionError (ValueError)                      2
     │    ├── SyntaxProblem                                 2
     │    └── TemplateError                                 2
     ├── ConfigError (ValueError)                           2
     ├── RecordingError (ValueError)                        2
     ├── UserCodeError (ImportError)                        3
     ├── WorkerDied (RuntimeError)                          3
     ├── MissingDependency (ImportError)                    2
     ├── StreamError (RuntimeError)                         4
     │    ├── NoFramesError                                 4
     │    └── SourceLost                                    4
     │         └── RetriesExhausted                         5
     ├── DrainTimeout (TimeoutError)                        6
     ├── NoDisplayError (RuntimeError)                      7
     ├── MetadataReleased (ReferenceError)                  4
     ├── MetadataLayoutError (RuntimeError)                 4
     ├── ImageError (BufferError)                           3
     ├── EventRefused (TypeError)                           3
     │    ├── LiveMetadataError                             3
     │    └── UnpicklableError                              3
     └── ChannelClosed (RuntimeError)                       4

A message says what happened, where, what was expected, what was got and what
to try. The command line prints ``str(error)`` and exits with
``PythiagsError.exit_code``; 130 and 143 are SIGINT's and SIGTERM's.
"""

from __future__ import annotations

__all__ = [
    "ChannelClosed",
    "ConfigError",
    "DescriptionError",
    "DrainTimeout",
    "EventRefused",
    "ImageError",
    "LiveMetadataError",
    "MetadataLayoutError",
    "MetadataReleased",
    "MissingDependency",
    "NoDisplayError",
    "NoFramesError",
    "PythiagsError",
    "RecordingError",
    "RetriesExhausted",
    "SourceLost",
    "StreamError",
    "SyntaxProblem",
    "TemplateError",
    "UnpicklableError",
    "UserCodeError",
    "WorkerDied",
]


class PythiagsError(Exception):
    """The root: ``except PythiagsError`` catches whatever pythiags raises.

    Passwords in URIs are masked, and control characters escaped, in all of its parts.

    Args:
        message: What happened, in one sentence.
        where: The place: a file with line and column, an element's path, a key.
        expected: What would have been right.
        got: What was found instead.
        hint: What to try.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        hint: str | None = None,
    ) -> None:
        from pythiags.printable import printable  # not before there is an error
        from pythiags.redact import redact

        def shown(text: str | None) -> str | None:
            return redact(printable(text)) if text else text

        self.message = redact(printable(message))
        self.where = shown(where)
        self.expected = shown(expected)
        self.got = shown(got)
        self.hint = shown(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the whole message, one part per line."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        parts = [("expected", self.expected), ("got", self.got), ("try", self.hint)]
        return "\n".join([head, *(f"  {name}: {text}" for name, text in parts if text)])


class DescriptionError(PythiagsError, ValueError):
    """The text of a pipeline cannot be built.

    Args:
        report: Every problem, with the lines of the text and a caret below each place; it
            replaces the message when the error is shown.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        hint: str | None = None,
        report: str | None = None,
    ) -> None:
        super().__init__(message, where=where, expected=expected, got=got, hint=hint)
        self.report = report

    def __str__(self) -> str:
        """Return the report, or the whole message if there is none."""
        return self.report or super().__str__()


class SyntaxProblem(DescriptionError):
    """The text of a pipeline is not gst-launch syntax."""


class TemplateError(DescriptionError):
    """A template variable is missing, unused or misplaced."""


class ConfigError(PythiagsError, ValueError):
    """A configuration file or an option is unreadable or inconsistent."""

    exit_code = 2


class RecordingError(PythiagsError, ValueError):
    """A recording of metadata cannot be read, or lacks what is asked for."""

    exit_code = 2


class MissingDependency(PythiagsError, ImportError):
    """An optional package or a system library is not installed."""

    exit_code = 2


class UserCodeError(PythiagsError, ImportError):
    """An extractor or consumer cannot be imported, built or called."""

    exit_code = 3


class WorkerDied(PythiagsError, RuntimeError):
    """The process of a consumer died repeatedly."""

    exit_code = 3


class StreamError(PythiagsError, RuntimeError):
    """An element reported an error while the pipeline ran.

    Attributes:
        log: The last warnings and errors that GStreamer logged of that element.
    """

    exit_code = 4
    log: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the whole message, with the log."""
        return "\n".join([super().__str__(), *(f"  log: {line}" for line in self.log)])


class NoFramesError(StreamError):
    """The stream ended before a single frame was decoded."""


class SourceLost(StreamError):
    """A live source, such as a camera, stopped sending, and nothing was to start it again."""


class RetriesExhausted(SourceLost):
    """A live source was lost, and did not come back within ``RetryPolicy.retry_timeout``."""

    exit_code = 5


class MetadataReleased(PythiagsError, ReferenceError):
    """Metadata was read after its buffer was released."""

    exit_code = 4


class MetadataLayoutError(PythiagsError, RuntimeError):
    """A buffer has DeepStream's metadata in a layout that this version does not know.

    Args:
        object_size: Bytes of an object, as its pool has it; 0 where there is no pool.
        frame_size: The same of a frame.
    """

    exit_code = 4

    def __init__(self, object_size: int, frame_size: int) -> None:
        super().__init__(
            "DeepStream's metadata has an unknown layout",
            expected="objects of 544 or 552 bytes and frames of 192, 200 or 232 bytes: DeepStream"
            " 5.0 to 9.1",
            got=f"objects of {object_size} bytes and frames of {frame_size} bytes",
            hint="report these numbers and your DeepStream's version to pythiags; until it knows"
            " them, read the metadata through pyds",
        )
        self.object_size = object_size
        self.frame_size = frame_size


class ImageError(PythiagsError, BufferError):
    """The picture of a frame cannot be read: the CPU cannot access it, or its format is unknown."""

    exit_code = 3


class EventRefused(PythiagsError, TypeError):
    """An extractor returned a value that cannot be sent to a consumer."""

    exit_code = 3


class LiveMetadataError(EventRefused):
    """An event holds live metadata or a GStreamer object, valid only as long as its buffer."""


class UnpicklableError(EventRefused):
    """An event cannot be pickled, but must be."""


class ChannelClosed(PythiagsError, RuntimeError):
    """An event was put into a channel that is already closed."""

    exit_code = 4


class DrainTimeout(PythiagsError, TimeoutError):
    """A consumer did not finish within the drain timeout."""

    exit_code = 6


class NoDisplayError(PythiagsError, RuntimeError):
    """A window was requested, but there is no display."""

    exit_code = 7
