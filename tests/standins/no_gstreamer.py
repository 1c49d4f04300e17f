"""A plugin of pytest, ``-p standins.no_gstreamer``: as on a machine that does not have GStreamer.

Modules of tests that import it are skipped. That no module of the lower floors does is what
``test_floors.py`` is about.
"""

import sys

import pytest

sys.modules["gi"] = None  # type: ignore[assignment]
HALTED = "import of gi halted"  # what Python says of None there


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if report.failed and HALTED in str(report.longrepr):
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, "needs GStreamer")
    return report
