"""The documentation builds without a warning and without a network."""

import re
import subprocess
import sys
import zlib
from html import unescape
from pathlib import Path

import pytest

import pythiags

pytest.importorskip(
    "sphinx", reason="the documentation's tools are missing: make install brings them"
)

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = tmp_path_factory.mktemp("html")
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*words, "-d", folder / "doctrees", ROOT / "docs", folder / "html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def test_the_documentation_builds_without_a_warning(html):
    assert (html / "index.html").exists()


def test_every_public_name_is_documented(html):
    inventory = (html / "objects.inv").read_bytes().split(b"\n", 4)[4]  # behind four lines of text
    documented = {line.split(" ")[0] for line in zlib.decompress(inventory).decode().splitlines()}
    assert {f"pythiags.{name}" for name in pythiags.__all__} <= documented


def test_the_reference_shows_nothing_of_pythons_own(html):
    """Constants, fields and defaults in words, not as the types of Python show them."""
    page = re.sub(r"<[^>]*>", "", (html / "reference" / "api.html").read_text("utf-8"))
    page = unescape(page)
    for own in ("Alias for field", "Convert a ", "*args", "<class", "<function", ":class:"):
        assert own not in page
    assert "object_id of an object that no tracker has seen" in page
