"""What the commands say on stderr: logs and errors, for people or as JSON lines.

stdout stays the user's. The command line is the application, so it may configure logging; the
library never does. With ``--json-logs`` every line that Python writes to stderr is a JSON object,
whoever writes it.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from pythiags.redact import redact
from pythiags.usercode import COMPILED

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from pythiags.errors import PythiagsError

__all__ = ["JsonLines", "JsonStderr", "Plain", "configure", "report_error", "report_usage"]

STANDARD = frozenset(vars(logging.makeLogRecord({})))
OWN = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 (as a traceback says it)
PARTS = ("where", "expected", "got", "hint")


def worker_of(record: logging.LogRecord) -> str | None:
    """Return the name of the worker process that a record came from; None: it is this program's."""
    return None if record.process in (None, os.getpid()) else record.processName


class Plain(logging.Formatter):
    """A line a record; of an exception, unless details are wanted, the line that raised it."""

    def __init__(self, *, verbose: bool) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        """Return the record; one of a worker process with its name before it, as its output has."""
        worker = worker_of(record)
        return (f"[{worker}] " if worker else "") + super().format(record)

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 - logging's name
        """Return the whole traceback, or its last line of code."""
        if self._verbose:
            return redact(super().formatException(exc_info))
        import traceback

        all_frames = traceback.extract_tb(exc_info[2])
        frames = [
            each
            for each in all_frames
            if not (each.filename.startswith(OWN) or each.filename.endswith(COMPILED))
        ]
        if all_frames and not frames:  # raised by us, in words that say where
            return "  -v shows the traceback"
        if frames:
            place = f"{frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}"
        else:  # of a worker process
            place = getattr(exc_info[1].__cause__, "place", "")
        return f"  at {place}\n  -v shows the traceback" if place else ""


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, and whatever ``extra`` held.

    What comes from a worker process has its name as ``process``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        import json

        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if worker := worker_of(record):
            entry["process"] = worker
        entry |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info:
            entry["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, default=str)


class JsonStderr(io.TextIOBase):
    """Takes the place of stderr: a line that is written to it becomes a JSON object of its own.

    Args:
        raw: Where they go.
    """

    def __init__(self, raw: Any) -> None:
        super().__init__()
        self.raw = raw
        self._format = JsonLines().format
        self._begun = threading.local()  # by each thread: the beginning of a line

    def write(self, text: str) -> int:
        """Take a part of a line, or several."""
        *lines, rest = (getattr(self._begun, "text", "") + text).split("\n")
        self._begun.text = rest
        self.write_lines(lines)
        return len(text)

    def write_lines(self, lines: Iterable[str], process: str | None = None) -> None:
        """Write whole lines; those of a worker process with its name."""
        origin = {"process": -1, "processName": process} if process else {}
        for line in lines:
            if line:
                record = {"name": "stderr", "levelname": "INFO", "msg": line, **origin}
                self.write_json(self._format(logging.makeLogRecord(record)))

    def write_json(self, text: str) -> None:
        """Write what is JSON already."""
        self.raw.write(text + "\n")
        self.raw.flush()

    def flush(self) -> None:
        """Do nothing: whole lines are out, and others wait for their end."""

    def fileno(self) -> int:
        """Return the number of what is behind it."""
        return int(self.raw.fileno())


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment: while a bar is shown, to what prints above it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text, target = self.format(record), sys.stderr
            if isinstance(target, JsonStderr):
                target.write_json(text)
            else:
                target.write(text + "\n")
                target.flush()
        except Exception:  # noqa: BLE001 (as every handler does)
            self.handleError(record)


def configure(*, verbose: bool, json_lines: bool) -> None:
    """Send logs to stderr: all warnings, pythiags's own records, everything if verbose.

    With ``json_lines`` ``sys.stderr`` is replaced, which the caller undoes.
    """
    if json_lines and not isinstance(sys.stderr, JsonStderr):
        sys.stderr = JsonStderr(sys.stderr)
    handler = _Stderr()
    handler.setFormatter(JsonLines() if json_lines else Plain(verbose=verbose))
    handler.addFilter(lambda record: verbose or _concerns_everybody(record))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logging.getLogger("pythiags").setLevel(logging.DEBUG if verbose else logging.INFO)


def _concerns_everybody(record: logging.LogRecord) -> bool:
    """Let pass pythiags's own records, but only warnings of other libraries such as Kivy."""
    return record.levelno >= logging.WARNING or record.name.startswith("pythiags")


def report_usage(error: click.ClickException) -> None:
    """Say as a JSON line what is wrong with a command line."""
    extra = {"error": type(error).__name__, "exit_code": error.exit_code}
    logging.getLogger("pythiags").error(error.format_message(), extra=extra)


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
