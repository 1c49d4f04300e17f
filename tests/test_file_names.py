"""Names that users and pipelines choose become names of files that never leave their folder."""

import pytest

from pythiags.channel.spillfile import Owner
from pythiags.workers.deadletters import DeadLetters

HOSTILE = [
    "../../x",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a/../../b",
    "a\0b",
    "a\nb",
    "x" * 300,
    "пёс/🐕",
    "~root",
    "-rf",
    "\udcff/x",
    "CON:\\x",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_dead_letters(name, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))
    path = DeadLetters(name).write({"event": 1}, 3, "SIGKILL", [])
    assert path is not None
    assert path.parent == tmp_path / "state" / "dead-letters"
    found = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert found == [path]
    assert not path.name.startswith(".")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_spilled_events(name):
    stem = Owner(name).stem
    assert stem.isascii()
    assert stem.replace("-", "").isalnum()
    assert not stem.startswith("-")
    assert len(stem) < 100
