"""The documentation builds without a warning and without a network."""

import json
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

pytestmark = pytest.mark.timeout(900)  # all pages are built, beside other work perhaps

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


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("rtsp", "howto/cameras"),
        ("webcam", "howto/webcams"),
        ("yolo", "howto/own-model"),
        ("mqtt", "howto/publish"),
        ("asyncio", "howto/asyncio"),
        ("jupyt", "howto/notebooks"),
    ],
)
def test_the_search_finds_a_page(html, word, page):
    text = (html / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text[text.index("{") : text.rindex("}") + 1])
    found = []
    for terms in (index["terms"], index["titleterms"]):
        numbers = terms.get(word, [])
        found += numbers if isinstance(numbers, list) else [numbers]
    names = [index["docnames"][number] for number in found]
    assert page in names


def test_blocks_have_a_button_that_copies_commands_alone(html):
    assert "copybutton.js" in (html / "tutorial.html").read_text(encoding="utf-8")
    script = (html / "_static" / "copybutton.js").read_text(encoding="utf-8")
    # The prompt, no pattern, lines with a prompt only, without it, no empty lines, continued lines.
    assert r"formatCopyText(text, '$ ', false, true, true, false, '\\', '')" in script


def test_pictures_are_small(html):
    images = list((ROOT / "docs" / "images").iterdir())
    assert not [image.name for image in images if image.stat().st_size > 150_000]
