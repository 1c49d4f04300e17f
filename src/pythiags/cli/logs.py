"""What the commands say on stderr: logs and errors, for people or as JSON lines.

stdout stays the user's. The command line is the application, so it may configure logging; the
library never does.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from pythiags.redact import redact

if TYPE_CHECKING:
    from pythiags.errors import PythiagsError

__all__ = ["JsonLines", "Plain", "configure", "report_error"]

STANDARD = frozenset(vars(logging.makeLogRecord({})))
PARTS = ("where", "expected", "got", "hint")


class Plain(logging.Formatter):
    """A line a record; of an exception, unless details are wanted, the line that raised it."""

    def __init__(self, *, verbose: bool) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._verbose = verbose

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 - logging's name
        """Give the whole traceback, or its last line of code."""
        if self._verbose:
            return redact(super().formatException(exc_info))
        import traceback

        frames = traceback.extract_tb(exc_info[2])
        if frames:
            place = f"{frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}"
        else:  # of a worker process
            place = getattr(exc_info[1].__cause__, "place", "")
        return f"  at {place}\n  -v shows the traceback" if place else ""


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, and whatever ``extra`` held."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the record as one line."""
        import json

        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info:
            entry["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, default=str)


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment: while a bar is shown, to what prints above it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 (as every handler does)
            self.handleError(record)


def configure(*, verbose: bool, json_lines: bool) -> None:
    """Send logs to stderr: warnings of everybody, what pythiags tells, everything if verbose."""
    handler = _Stderr()
    handler.setFormatter(JsonLines() if json_lines else Plain(verbose=verbose))
    handler.addFilter(lambda record: verbose or _concerns_everybody(record))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logging.getLogger("pythiags").setLevel(logging.DEBUG if verbose else logging.INFO)


def _concerns_everybody(record: logging.LogRecord) -> bool:
    """Let pass what pythiags tells, and of other libraries only warnings; Kivy tells a lot."""
    return record.levelno >= logging.WARNING or record.name.startswith("pythiags")


def report_error(error: PythiagsError, *, verbose: bool, json_lines: bool) -> None:
    """Say what went wrong, once; with a traceback only for those who asked for details."""
    if json_lines:
        parts = {name: getattr(error, name) for name in PARTS if getattr(error, name)}
        extra = {"error": type(error).__name__, "exit_code": error.exit_code, **parts}
        logging.getLogger("pythiags").error(error.message, extra=extra, exc_info=verbose or None)
        return
    if verbose:
        import traceback

        text = "".join(traceback.format_exception(error))  # with whatever was its cause
        print(redact(text), file=sys.stderr, end="")  # noqa: T201
    print(f"pythiags: {error}", file=sys.stderr)  # noqa: T201 - a command's message
