#!/usr/bin/env python3
r"""Run what needs an NVIDIA card, and write one report: tests of ``tests/gpu``, and figures.

    python3 tools/gpu/report.py --to report.md
    sudo tools/gpu/enter.py --parts parts --folder folder --bind /tmp/out system pythiags card -- \
        python3 tools/gpu/report.py --to /tmp/out/report.md

The report is in Markdown: which cards, driver and versions, how many tests passed, the names of
those that did not, and each figure of ``benchmarks/card.py`` beside what it must reach. It is
written again after each part. The exit code is 1 where a test failed, a figure was missed, or
there is no card.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from run import machine, rows_of, table  # noqa: E402 (of the benchmarks)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rows import Row

PACKAGES = ("pythiags", "onnxruntime-gpu", "nvidia-deepstream-videodecode-cu13", "numpy")
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Test(NamedTuple):
    """A test that was run.

    Attributes:
        name: With its file.
        result: One of the above.
        reason: Why it failed or was skipped.
    """

    name: str
    result: str
    reason: str


def run_tests(tests: Sequence[str]) -> list[Test]:
    """Run tests with pytest; what they print goes to standard error."""
    with TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        path = [str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
        words = [sys.executable, "-m", "pytest", "-s", "--import-mode=importlib"]
        done = subprocess.run(
            [*words, "-p", "no:cacheprovider", f"--junit-xml={results}", *tests],
            env={**os.environ, "PYTHONPATH": ":".join(filter(None, path))},
            cwd=ROOT,
            stdout=sys.stderr,
            check=False,
        )
        found = read_results(results) if results.exists() else []
    if done.returncode not in (0, 1):  # all passed, or some failed
        found.append(Test("pytest", FAILED, f"it ended with {done.returncode}"))
    return found


def read_results(path: Path) -> list[Test]:
    """Read what pytest writes for ``--junit-xml``."""
    found = []
    for case in ET.parse(path).iter("testcase"):  # noqa: S314 (of pytest's making)
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        problem = next((each for each in case if each.tag in ("failure", "error")), None)
        skipped = case.find("skipped")
        if problem is not None:
            found.append(Test(name, FAILED, problem.get("message") or ""))
        elif skipped is not None:
            found.append(Test(name, SKIPPED, skipped.get("message") or ""))
        else:
            found.append(Test(name, PASSED, ""))
    return found


def versions() -> list[str]:
    """Name the cards, the driver and the packages."""
    from pythiags import nvidia
    from pythiags.errors import MissingDependency

    lines = []
    try:
        driver = nvidia.driver()
    except MissingDependency as problem:
        lines.append(f"- no card: {problem}".replace("\n", " "))
    else:
        lines += [
            f"- card {each.number}: {each.name}, {each.memory / 2**30:.0f} GiB"
            for each in driver.cards
        ]
        cuda = ".".join(map(str, driver.cuda))
        lines.append(f"- driver {driver.version or 'of unknown version'}, CUDA {cuda}")
    installed = {each.name: each.version for each in metadata.distributions()}
    found = [f"{name} {installed.get(name, 'not installed')}" for name in PACKAGES]
    return [*lines, f"- {', '.join(found)}", f"- {machine()}, {platform.platform()}"]


def first_line(reason: str) -> str:
    """Shorten a reason to what fits in a list."""
    return (reason.strip().splitlines() or [""])[0]


def text_of(what: Sequence[str], tests: Sequence[Test], rows: Sequence[Row] | None) -> str:
    """Return the report.

    Args:
        what: Lines of what was tested.
        tests: Those that were run.
        rows: The figures; None: they were not taken, or could not be.
    """
    counts = [
        f"{len([each for each in tests if each.result == result])} {result}"
        for result in (PASSED, FAILED, SKIPPED)
    ]
    lines = [f"# On a card, {time.strftime('%Y-%m-%d')}", "", *what, "", "## Tests", ""]
    lines += [", ".join(counts)]
    lines += [
        f"- failed: `{each.name}`: {first_line(each.reason)}"
        for each in tests
        if each.result == FAILED
    ]
    reasons = Counter(first_line(each.reason) for each in tests if each.result == SKIPPED)
    lines += [f"- skipped, {count}: {reason}" for reason, count in reasons.items()]
    figures = "There are none." if not rows else table(rows)
    return "\n".join([*lines, "", "## Figures", "", figures, ""])


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the report")
    parser.add_argument("--no-figures", action="store_true", help="the tests only")
    parser.add_argument("tests", nargs="*", default=["tests/gpu"], help="as pytest takes them")
    said = parser.parse_args()
    what = versions()
    tests = run_tests(said.tests)
    said.to.write_text(text_of(what, tests, None))
    rows = None if said.no_figures else rows_of("card")
    said.to.write_text(text_of(what, tests, rows))
    print(said.to.read_text())
    well = any(each.result == PASSED for each in tests)
    well = well and not any(each.result == FAILED for each in tests)
    return int(not well or not (said.no_figures or (rows and all(each.kept for each in rows))))


if __name__ == "__main__":
    sys.exit(main())
