"""Reports that are a command's result: the problems of a description, the doctor's findings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from pythiags.errors import DescriptionError, MissingDependency
from pythiags.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pythiags.cli.doctor import Finding
    from pythiags.description import Allowed, Description, Problem
    from pythiags.releases.files import Report

__all__ = [
    "report_findings",
    "report_problems",
    "report_release",
    "report_untrusted",
    "wants_color",
]

STYLES = {"ok": "green", "missing": "red", "wrong": "red", "optional": "yellow", "left": "yellow"}
FILE_WIDTH = 160  # columns; no line is broken for a file's or a pipe's sake
UNFIT = ("missing", "wrong")


def wants_color(out: TextIO) -> bool:
    """Return whether to colour a stream's output, by the usual environment variables."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or out.isatty()


def report_problems(description: Description, out: TextIO) -> int:
    """Write all problems of a description; return the exit code."""
    from pythiags import portable
    from pythiags.gst.check import check

    portable.install(element.factory for element in description.graph.elements)
    return _report(description, check(description), "no problems", out)


def report_untrusted(description: Description, allowed: Allowed, out: TextIO) -> int:
    """Write what a description uses without being allowed to; return the exit code.

    GStreamer is not loaded.
    """
    from pythiags.description import check_untrusted

    return _report(description, check_untrusted(description, allowed), "nothing refused", out)


def report_release(reports: Sequence[Report], release: str, out: TextIO) -> int:
    """Write what changes on a release of DeepStream, file by file; return the exit code."""
    color = wants_color(out)
    shown = [text for text in (report.render(color=color) for report in reports) if text]
    if not shown:
        origin = printable(reports[0].source.origin)
        out.write(f"{origin}: nothing changes on DeepStream {release}\n")
        return 0
    out.write("\n\n".join(shown) + "\n")
    problems = [problem for report in reports for problem in report.problems]
    wrong = any(problem.severity == "error" for problem in problems)
    return DescriptionError.exit_code if wrong else 0


def _report(description: Description, problems: Sequence[Problem], well: str, out: TextIO) -> int:
    if not problems:
        count = len(description.graph.elements)
        origin = printable(description.origin)
        out.write(f"{origin}: {well}, {count} element{'s'[: count != 1]}\n")
        return 0
    out.write(description.render(problems, color=wants_color(out)) + "\n")
    wrong = any(problem.severity == "error" for problem in problems)
    return DescriptionError.exit_code if wrong else 0


def report_findings(findings: Iterable[Finding], out: TextIO) -> int:
    """Write the doctor's table, then the commands that fix problems; return the exit code."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("", "part", "found"):
        table.add_column(title, overflow="fold")
    shown = list(findings)
    for finding in shown:
        state = Text(finding.state, style=STYLES[finding.state])
        table.add_row(state, Text(finding.what), Text(finding.found))
    console = Console(
        file=out,
        highlight=False,
        width=None if out.isatty() else FILE_WIDTH,
        color_system="auto" if wants_color(out) else None,
    )
    console.print(table)
    remedies = [finding for finding in shown if finding.remedy]
    if remedies:
        console.print("\nTo fix:")
    for finding in remedies:
        console.print(f"  {finding.what}: {finding.remedy}", markup=False, soft_wrap=True)
    unfit = any(finding.state in UNFIT for finding in shown)
    return MissingDependency.exit_code if unfit else 0
