"""What makes each test of a fault fail: the mending that it is about, switched off.

``make test-controls`` runs each control in a process of its own and shows what was caught. A test
that passes though its mending is off proves nothing. In pytest it is a plugin:
``-p faults.controls --control=NAME``; programs that tests start are switched off as well.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from faults import off_cameras, off_consumers  # noqa: F401 (they register their controls)
from faults.switches import CONTROLS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE = 5.0  # seconds, in the place of those that tests give: nothing comes of waiting here
LONGEST = 40  # seconds of one test
AT_ONCE = 2

EXEMPT = {
    "test_survival.py::test_the_table_has_a_row_for_each_misdeed_and_a_column_for_each_kind": (
        "is about a page"
    ),
}


# ---- the plugin ----


def pytest_addoption(parser):
    parser.addoption("--control", choices=sorted(CONTROLS), required=False)


def pytest_configure(config):
    name = config.getoption("--control")
    if name is None:
        return
    os.environ["FAULTS_CONTROL"] = name
    path = [HERE / "control_site", HERE.parent, os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, map(str, path)))
    from faults import harness

    harness.until.__defaults__ = (PATIENCE,)
    CONTROLS[name].off()


# ---- the command ----


class Outcome(NamedTuple):
    """What became of a test whose mending was off; `caught` if it failed as it should."""

    name: str
    test: str
    caught: bool
    skipped: bool
    why: str


def run(name, test):
    """Run one test with a control on, in a process group of its own."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    words += ["-p", "faults.controls", f"--control={name}", f"--timeout={LONGEST}"]
    child = subprocess.Popen(
        [*words, str(HERE / test)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        out, _ = child.communicate(timeout=4 * LONGEST)
    except subprocess.TimeoutExpired:
        out = "Timeout: it did not end"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what the test has left
        child.wait()
    shown = re.search(CONTROLS[name].shows, out)
    ran = child.returncode == 1 or "Timeout" in out
    skipped = child.returncode == 0 and " skipped" in out
    return Outcome(name, test, bool(ran and shown), skipped, out)


def main(names):
    """Run all controls, or those named; the exit code is 1 if a test was not caught."""
    chosen = [(name, test) for name in names or CONTROLS for test in CONTROLS[name].tests]
    begun, missed, skipped = time.monotonic(), [], 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for outcome in pool.map(lambda pair: run(*pair), chosen):
            skipped += outcome.skipped
            mark = "caught" if outcome.caught else "skipped" if outcome.skipped else "NOT CAUGHT"
            print(f"{mark:10} {CONTROLS[outcome.name].what}: {outcome.test}", flush=True)
            if not (outcome.caught or outcome.skipped):
                missed.append(outcome)
    for outcome in missed:
        print(f"\n---- {outcome.name}: {outcome.test}\n{outcome.why[-3000:]}")
    caught = len(chosen) - len(missed) - skipped
    took = f"{time.monotonic() - begun:.0f} s"
    print(f"{caught} of {len(chosen)} caught, {skipped} cannot run here, {took}")
    return int(bool(missed))


if __name__ == "__main__":
    from faults import controls  # the one that the plugin has, not __main__

    sys.exit(controls.main(sys.argv[1:]))
