"""Hold every carrier of this machine against the facts: a table to read, or to send to us.

``pythiags carriers`` prints it. Each carrier is made and checked in a process of its own, so that
one that ends its process, as a layout that is not what it seems to be may, or a pyds of another
version, costs its own row only.
"""

from __future__ import annotations

import json
import platform
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import MissingDependency
from pythiags.gst import Gst
from pythiags.testing.carriers import CARRIERS, DeepStream, Pyds, nvidia
from pythiags.testing.conformance import Report, check_carrier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Row", "machine", "survey", "table"]

PATIENCE: Final = 300.0  # seconds a carrier; a check takes one
DEEPSTREAM_VERSION: Final = Path("/opt/nvidia/deepstream/deepstream/version")


@dataclass(frozen=True)
class Row:
    """One carrier: its report, or why there is none.

    Attributes:
        carrier: The carrier's name.
        report: What was found; None where nothing was.
        why: Why there is no report.
        broken: Whether that is a fault, and not only something that is not installed.
        about: What took part in it, such as the version of a library.
    """

    carrier: str
    report: Report | None
    why: str = ""
    broken: bool = False
    about: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.broken and (self.report is None or not self.report.failed)


def survey() -> Iterator[Row]:
    """Yield a row for each carrier, as soon as it was checked."""
    return map(_ask, CARRIERS)


def machine() -> list[str]:
    """Return what the table is about: the versions that have a part in all of it."""
    lines = [
        f"pythiags {version('pythiags')}, Python {platform.python_version()}, "
        f"{Gst.version_string()}, {platform.platform()}"
    ]
    if DEEPSTREAM_VERSION.exists():
        lines.append(" ".join(DEEPSTREAM_VERSION.read_text(errors="replace").split()))
    return lines


def table(rows: Sequence[Row]) -> str:
    """Return rows as a table in Markdown; below it what took part, and the facts that failed."""
    lines = ["| carrier | hold | fail | do not apply |", "|---|---|---|---|"]
    for row in rows:
        report = row.report
        if report is None:
            lines.append(f"| {row.carrier} | {row.why} | | |")
        else:
            counts = (len(report.passed), len(report.failed), len(report.skipped))
            lines.append(f"| {row.carrier} | {' | '.join(map(str, counts))} |")
    below = [f"- {row.carrier}: {row.about}" for row in rows if row.about]
    below += [
        f"- {row.carrier}, `{name}`: {why}"
        for row in rows
        if row.report is not None
        for name, why in row.report.failed.items()
    ]
    return "\n".join([*lines, *([""] if below else []), *below])


# ---- the parent's side ----


def _ask(name: str) -> Row:
    command = [sys.executable, "-m", "pythiags.testing.survey", name]
    try:
        done = subprocess.run(  # noqa: S603 - this very module
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return Row(name, None, f"no answer within {PATIENCE:g} seconds", broken=True)
    if done.returncode:
        return Row(name, None, _ended(done.returncode, done.stderr), broken=True)
    answer = json.loads(done.stdout.rstrip().splitlines()[-1])
    if "missing" in answer:
        return Row(name, None, answer["missing"])
    report = answer["report"]
    passed, skipped = tuple(report["passed"]), tuple(report["skipped"])
    return Row(name, Report(name, passed, skipped, report["failed"]), about=answer["about"])


def _ended(code: int, said: str) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"exit code {code}: {(said.rstrip() or 'silent').splitlines()[-1]}"


# ---- the child's ----


def _answer(name: str) -> dict[str, Any]:
    """Check one carrier; what comes back is what the parent reads."""
    try:
        carrier = CARRIERS[name]()
    except MissingDependency as problem:
        return {"missing": problem.message}
    return {"report": asdict(check_carrier(carrier)), "about": _about(carrier)}


def _about(carrier: Any) -> str:
    if type(carrier) is DeepStream:
        size = nvidia.NvidiaBatch.object_bytes()
        return f"libnvds_meta of {nvidia.library_origin()}, objects of {size} bytes"
    if type(carrier) is Pyds:
        return f"pyds {getattr(carrier.pyds, '__version__', 'without a version')}"
    return ""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(sys.argv[1])) + "\n")
