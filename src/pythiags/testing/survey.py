"""Hold every carrier of this machine against the facts: a table to read, or to send to us.

``pythiags carriers`` prints it. Each carrier is checked in a process of its own, so that one that
ends its process, as a layout that is not what it seems to be may, costs its own row only.
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
from typing import TYPE_CHECKING, Final

from pythiags.gst import Gst
from pythiags.gst.carriers import find_pyds
from pythiags.testing.carriers import carriers_here, nvidia
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
    """

    carrier: str
    report: Report | None
    why: str = ""
    broken: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.broken and (self.report is None or not self.report.failed)


def survey() -> Iterator[Row]:
    """Yield a row for each carrier, as soon as it was checked."""
    found, missing = carriers_here()
    for carrier in found:
        yield _ask(carrier.name)
    for name, why in missing.items():
        yield Row(name, None, why)


def machine() -> list[str]:
    """Return what the table is about: versions of all that has a part in it."""
    lines = [
        f"pythiags {version('pythiags')}, Python {platform.python_version()}, "
        f"{Gst.version_string()}, {platform.platform()}"
    ]
    if DEEPSTREAM_VERSION.exists():
        lines.append(" ".join(DEEPSTREAM_VERSION.read_text(errors="replace").split()))
    if nvidia.why_missing() is None:
        sizes = f"objects of {nvidia.NvidiaBatch.object_bytes()} bytes"
        lines.append(f"libnvds_meta of {nvidia.library_origin()}: {sizes}")
    pyds = find_pyds()
    if pyds is not None:
        lines.append(f"pyds {getattr(pyds, '__version__', 'without a version')}")
    return lines


def table(rows: Sequence[Row]) -> str:
    """Return rows as a table in Markdown, with the facts that failed below it."""
    lines = ["| carrier | hold | fail | do not apply |", "|---|---|---|---|"]
    for row in rows:
        report = row.report
        if report is None:
            lines.append(f"| {row.carrier} | {row.why} | | |")
        else:
            counts = (len(report.passed), len(report.failed), len(report.skipped))
            lines.append(f"| {row.carrier} | {' | '.join(map(str, counts))} |")
    failures = [
        f"- {row.carrier}, `{name}`: {why}"
        for row in rows
        if row.report is not None
        for name, why in row.report.failed.items()
    ]
    return "\n".join([*lines, *([""] if failures else []), *failures])


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
    passed, skipped = tuple(answer["passed"]), tuple(answer["skipped"])
    return Row(name, Report(name, passed, skipped, answer["failed"]))


def _ended(code: int, said: str) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"exit code {code}: {(said.rstrip() or 'silent').splitlines()[-1]}"


def _answer(name: str) -> None:
    """Check one carrier and write the report to stdout."""
    carrier = next(each for each in carriers_here()[0] if each.name == name)
    sys.stdout.write(json.dumps(asdict(check_carrier(carrier))) + "\n")


if __name__ == "__main__":
    _answer(sys.argv[1])
