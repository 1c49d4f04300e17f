"""The table of promises: what is promised, what was measured, and what earlier runs have left."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def promises(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import promises

    monkeypatch.setattr(promises, "PAGE", tmp_path / "promises.inc")
    monkeypatch.setattr(promises, "KEPT", tmp_path / "promises.json")
    yield promises
    for name in ("promises", "run", "rows", "picture"):
        sys.modules.pop(name, None)


def test_each_promise_stands_beside_its_measurement(promises):
    rows = [
        promises.Row("loss seen", 0.5, "s", 1, note="of ten"),
        promises.Row("reload", 70, "ms", 50),
        promises.Row("for comparison", 3, "s"),
    ]
    assert promises.table({"cameras": rows}).splitlines()[2:] == [
        "| loss seen | ≤ 1 s | 0.5 s | kept | of ten |",
        "| reload | ≤ 50 ms | 70 ms | **missed** |  |",
    ]


def test_a_part_that_is_measured_again_leaves_the_others(promises):
    promises.write("one core", {"cameras": [promises.Row("loss seen", 0.5, "s", 1)]})
    promises.write("two cores", {"cycles": [promises.Row("memory", 0.1, "KB", 1)]})
    promises.write("four cores", {"cameras": [promises.Row("loss seen", 0.25, "s", 1)]})
    text = promises.PAGE.read_text()
    assert "0.25 s" in text
    assert "0.5 s" not in text
    assert "| memory | ≤ 1 KB | 0.1 KB | kept |" in text
    assert "- cameras: four cores\n- cycles: two cores\n" in text


def test_the_exit_code_tells_of_what_was_missed_or_failed(promises, monkeypatch, capsys):
    kept, missed = promises.Row("a", 1, "s", 1), promises.Row("b", 2, "s", 1)
    found = {"cameras": [kept], "cycles": [missed], "reloading": None}
    monkeypatch.setattr(promises, "rows_of", found.get)
    assert promises.main(["cameras"], docs=True) == 0
    assert promises.main(["cameras", "cycles"], docs=False) == 1
    before = promises.PAGE.read_text()
    assert promises.main(["reloading"], docs=True) == 1
    assert "reloading failed" in capsys.readouterr().out
    assert promises.PAGE.read_text() == before, "nothing is written of a run that failed"


def test_the_page_shows_what_the_command_writes():
    page = (BENCHMARKS.parent / "docs" / "promises.md").read_text(encoding="utf-8")
    assert "```{include} promises.inc" in page
    assert "make promises" in page
