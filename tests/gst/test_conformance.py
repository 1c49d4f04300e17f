"""Every carrier of metadata, held against the same facts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from standins import analytics, nvidia
from standins.carriers import DeepStream
from standins.metaconvert import Converted, ThereAndBack

from pythiags.cli.commands import run
from pythiags.errors import MissingDependency
from pythiags.gst import carriers as lookup
from pythiags.testing import (
    FACTS,
    Analytics,
    Portable,
    Pyds,
    PydsWritten,
    Regions,
    check_carrier,
    survey,
)
from pythiags.testing import DeepStream as NvidiaMade


def facts_of(carrier):
    """Run a test with every fact that applies to a carrier."""
    facts = [fact for fact in FACTS if fact.applies_to(carrier)]
    return pytest.mark.parametrize("fact", facts, ids=lambda fact: fact.name)


@facts_of(Portable)
def test_portable(fact):
    fact.check(Portable())


@facts_of(DeepStream)
def test_deepstream_of_nvidias_library(fact):
    nvidia.needs_library()
    fact.check(DeepStream(nvidia.Nvidia))


@pytest.mark.parametrize("batch", [nvidia.ByHand, nvidia.ByHand9])
@facts_of(DeepStream(nvidia.ByHand))
def test_deepstream_by_hand(fact, batch):
    fact.check(DeepStream(batch))


@facts_of(PydsWritten)
def test_deepstream_written_by_pyds(fact, pyds):
    nvidia.needs_library()
    fact.check(PydsWritten(pyds))


@facts_of(Pyds)
def test_deepstream_through_pyds(fact, pyds):
    nvidia.needs_library()
    fact.check(Pyds(pyds))


@facts_of(Converted)
def test_portable_made_nvidias(fact):
    nvidia.needs_library()
    fact.check(Converted())


@facts_of(ThereAndBack)
def test_portable_that_was_nvidias(fact):
    nvidia.needs_library()
    fact.check(ThereAndBack())


@facts_of(Regions)
def test_regions_of_interest(fact):
    fact.check(Regions())


@facts_of(Analytics)
def test_gstreamers_analytics(fact):
    fact.check(Analytics(analytics.library()))


def test_there_are_forty_facts_or_so():
    assert len(FACTS) >= 38
    assert all(fact.sentence.endswith(".") for fact in FACTS)


class Liar(Portable):
    """A control: it loses an object, mislabels the others and keeps no promise to release."""

    name = "liar"

    def _objects(self, frame, scene):
        super()._objects(frame, scene[1:])
        for obj in frame.iter_objects():
            obj.obj_label = "lie"


def test_a_carrier_that_lies_is_caught():
    report = check_carrier(Liar())
    assert {"objects_in_order", "label", "number_of_objects", "class_number"} <= set(report.failed)
    assert "FAILED objects_in_order: Objects come in the order" in str(report)
    with pytest.raises(AssertionError, match="liar: "):
        report.raise_for_failures()


# ---- what a person with hardware runs ----


@pytest.fixture
def standin_installed(monkeypatch, pyds):
    """Let child processes find the stand-in too."""
    folder = os.path.dirname(os.path.dirname(pyds.__file__))  # noqa: PTH120
    root = os.path.dirname(folder)  # noqa: PTH120 - what the stand-in imports
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([folder, root]))
    lookup.find_pyds.cache_clear()
    yield
    lookup.find_pyds.cache_clear()


def test_the_command_prints_a_row_a_carrier(standin_installed):
    nvidia.needs_library()
    command = [sys.executable, "-m", "pythiags", "carriers"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    for carrier in (Portable, Regions, NvidiaMade, PydsWritten, Pyds):
        row = next(x for x in done.stdout.splitlines() if x.startswith(f"| {carrier.name} |"))
        hold, fail, _ = row.strip("| ").removeprefix(carrier.name).strip("| ").split(" | ")
        assert int(hold) > 25
        assert fail == "0"
    assert f"| {Analytics.name} |" in done.stdout
    assert "objects of 552 bytes" in done.stdout
    assert "pyds 1.2.0" in done.stdout


def carriers_with_pyds(monkeypatch, folder, text):
    """Run the command where pyds is a module of this text; rows by carrier, and the exit code."""
    (folder / "pyds.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    command = [sys.executable, "-m", "pythiags", "carriers"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.stderr == ""
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if "|" in line]
    return {name: cells for name, *cells in rows}, done.returncode


@pytest.mark.parametrize(
    ("text", "told", "code"),
    [
        ("import os\nos.abort()\n", "ended by SIGABRT", 2),
        ("raise OSError('libnvds_meta.so')\n", "pyds is not installed", 0),
        ("class BeliefFunction: pass\n", "pyds is not installed", 0),
    ],
    ids=["aborts", "raises", "another package"],
)
def test_a_broken_pyds_costs_its_own_rows(monkeypatch, tmp_path, text, told, code):
    nvidia.needs_library()
    rows, ended = carriers_with_pyds(monkeypatch, tmp_path, text)
    assert ended == code
    assert [rows[cls.name][0] for cls in (Pyds, PydsWritten)] == [told, told]
    assert [rows[cls.name][1] for cls in (Portable, Regions, NvidiaMade)] == ["0"] * 3


def test_what_is_not_installed_is_no_fault(monkeypatch):
    def missing():
        raise MissingDependency("not here")

    monkeypatch.setitem(survey.CARRIERS, "other", missing)
    assert survey._answer("other") == {"missing": "not here"}
    row = survey.Row("other", None, "not here")
    assert row.holds
    assert "| other | not here | | |" in survey.table([row])


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("raise SystemExit('no such thing')", "exit code 1: no such thing"),
        ("raise SystemExit(3)", "exit code 3: silent"),
    ],
)
def test_a_carrier_that_ends_its_process_is_a_fault(
    monkeypatch, code, told, capfd, logging_restored
):
    real = subprocess.run

    def instead(command, **options):
        return real([sys.executable, "-c", code], **options)

    monkeypatch.setattr(survey.subprocess, "run", instead)
    monkeypatch.setattr(survey, "CARRIERS", {"portable": Portable})
    (row,) = survey.survey()
    assert (row.why, row.broken, row.holds) == (told, True, False)
    assert run(["carriers"]) == 2
    assert f"| portable | {told} | | |" in capfd.readouterr().out


def test_failed_facts_are_told_below_the_table():
    report = check_carrier(Liar())
    row = survey.Row("liar", report, about="a library")
    assert not row.holds
    text = survey.table([row])
    assert f"| liar | {len(report.passed)} | {len(report.failed)} | 0 |" in text
    assert "- liar: a library" in text
    assert "- liar, `label`: ``obj_label`` is a str." in text
