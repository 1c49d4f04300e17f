"""Setting up a machine: which packages are asked for."""

import os
import subprocess
from pathlib import Path

import pytest

INSTALL = Path(__file__).parent.parent / "setup" / "install-packages"


@pytest.fixture
def asked_for(tmp_path):
    """Run the script beside stand-ins of its tools; gives what it asks apt-get for."""

    def ask(wanted, dpkg):
        tools = {
            "dpkg-query": f"cat <<'END'\n{dpkg}\nEND",
            "id": "echo 0",
            "apt-get": f'echo "$@" >>{tmp_path}/asked',
        }
        for name, text in tools.items():
            tool = tmp_path / name
            tool.write_text(f"#!/bin/sh\n{text}\n")
            tool.chmod(0o700)
        (tmp_path / "list").write_text(wanted)
        subprocess.run(
            [INSTALL, tmp_path / "list"],
            env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            check=True,
            capture_output=True,
        )
        asked = tmp_path / "asked"
        if not asked.exists():
            return []
        _, _, packages = asked.read_text().partition("--no-install-recommends ")
        return packages.split()

    return ask


@pytest.mark.parametrize(
    "dpkg",
    [
        "installed libmtdev1, ",
        "installed libmtdev1t64, libmtdev1 (= 1.1.6-1.2)",
        "installed libother, libx (= 1), libmtdev1 (= 1.1.6-1.2), liby",
        "installed libother, libx, libmtdev1",
    ],
    ids=["installed", "provided", "provided among others", "provided without a version"],
)
def test_what_is_there_is_not_asked_for(asked_for, dpkg):
    assert asked_for("# a comment\nlibmtdev1  # another", f"installed base, \n{dpkg}") == []


@pytest.mark.parametrize(
    "dpkg",
    [
        "installed base, ",
        "config-files libmtdev1, ",
        "config-files libmtdev1t64, libmtdev1 (= 1.1.6-1.2)",
        "installed libmtdev1-dev, libmtdev",
    ],
    ids=["not there", "removed", "provided by what was removed", "of similar name"],
)
def test_what_is_not_there_is_asked_for(asked_for, dpkg):
    assert asked_for("base\nlibmtdev1\ng++\n", f"installed base, \n{dpkg}") == ["libmtdev1", "g++"]
