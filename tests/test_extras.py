"""The lines that install optional packages."""

import shlex
import sys
from pathlib import Path

import pytest

from pythiags.extras import REQUIREMENTS, install_line

ROOT = Path(__file__).parent.parent


def test_they_are_the_extras_of_the_package():
    tomllib = pytest.importorskip("tomllib", reason="of Python 3.11")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    packages = {name: tuple(extra) for name, extra in extras.items() if name not in ("all", "ds")}
    assert packages == REQUIREMENTS


@pytest.mark.parametrize("extra", REQUIREMENTS)
def test_a_line_is_a_command_of_this_python(extra):
    words = shlex.split(install_line(extra))
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    assert words[4:] == list(REQUIREMENTS[extra])


def test_no_message_names_an_extra_of_the_package_index():
    """The index has another program under our name."""
    sources = (ROOT / "src").rglob("*")
    texts = {path: path.read_text() for path in sources if path.suffix in (".py", ".c", ".pxi")}
    assert texts
    assert not [path for path, text in texts.items() if "install 'pythiags" in text]
