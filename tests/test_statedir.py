"""Where files live that outlast a run."""

import os
import stat
import time
from pathlib import Path

import pytest

from pythiags.errors import ConfigError
from pythiags.statedir import age_of, make_private, state_dir


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"PYTHIAGS_STATE_DIR": "/a", "XDG_STATE_HOME": "/b"}, "/a/spill"),
        ({"XDG_STATE_HOME": "/b"}, "/b/pythiags/spill"),
        ({"HOME": "/c"}, "/c/.local/state/pythiags/spill"),
        ({"XDG_STATE_HOME": "", "HOME": "/c"}, "/c/.local/state/pythiags/spill"),
    ],
)
def test_the_nearest_variable_says_where(environment, folder, monkeypatch):
    for name in ("PYTHIAGS_STATE_DIR", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert state_dir("spill") == Path(folder)


def test_nobody_without_a_home_gets_a_traceback(monkeypatch):
    monkeypatch.delenv("PYTHIAGS_STATE_DIR", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(ConfigError) as caught:
        state_dir("spill")
    assert "PYTHIAGS_STATE_DIR" in caught.value.hint


@pytest.mark.parametrize(
    ("seconds", "age"), [(-9, "0 s"), (59, "59 s"), (150, "2 min"), (7200, "2 h"), (9e5, "10 d")]
)
def test_the_age_of_a_file_has_the_unit_that_fits(seconds, age, tmp_path):
    file = tmp_path / "a"
    file.touch()
    then = time.time() - seconds
    os.utime(file, (then, then))
    assert age_of(file) == age


def test_what_is_made_is_its_owners_alone_whatever_the_umask_and_what_exists_stays(tmp_path):
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b")
        make_private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    made = [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    assert [stat.S_IMODE(each.stat().st_mode) for each in made] == [0o755, 0o700, 0o700]
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "file" / "b")
