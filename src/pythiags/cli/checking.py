"""Reports that are a command's result: the doctor's findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from pythiags.errors import MissingDependency

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pythiags.cli.doctor import Finding

__all__ = ["report_findings"]

STYLES = {"ok": "green", "missing": "red", "wrong": "red", "optional": "yellow"}
FILE_WIDTH = 160  # columns; no line is broken for a file's or a pipe's sake
UNFIT = ("missing", "wrong")


def report_findings(findings: Iterable[Finding], out: TextIO) -> int:
    """Write the doctor's table, then the commands that mend; give the exit code."""
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
    console = Console(file=out, highlight=False, width=None if out.isatty() else FILE_WIDTH)
    console.print(table)
    remedies = [finding for finding in shown if finding.remedy]
    if remedies:
        console.print("\nTo mend:")
    for finding in remedies:
        console.print(f"  {finding.what}: {finding.remedy}", markup=False, soft_wrap=True)
    unfit = any(finding.state in UNFIT for finding in shown)
    return MissingDependency.exit_code if unfit else 0
