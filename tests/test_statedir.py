"""Where files live that outlast a run."""

from pathlib import Path

import pytest

from pythiags.errors import ConfigError
from pythiags.statedir import state_dir


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
