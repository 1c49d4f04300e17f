"""The commands that the README and the documentation show do what is shown.

A ``console`` block is a session among the files of ``examples/usage``: lines after ``$`` are
commands, the others are what they print, where ``...`` stands for anything. A command that is shown
without what it prints has to succeed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DATA = Path("src/pythiags/data")
VIDEO = "pedestrians.h264"
FRAMES = 12
RUN_HERE = ("pythiags", "python", "head")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Examples and sample data as in a clone, with a video that is short."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "examples", root / "examples")
    (root / DATA).mkdir(parents=True)
    for path in (ROOT / DATA).glob("*.*"):
        (root / DATA / path.name).symlink_to(path)
    (root / DATA / VIDEO).unlink()
    stream = (ROOT / DATA / VIDEO).read_bytes()
    pictures = [
        match.start()
        for match in re.finditer(rb"\x00\x00\x01(.)", stream, re.DOTALL)
        if match[1][0] & 31 in {1, 5}
    ]
    (root / DATA / VIDEO).write_bytes(stream[: pictures[FRAMES]])
    return root


def run(command, folder):
    """Run a line as a person does who stands in the folder, has a screen and waits no minute."""
    screen = "" if os.environ.get("DISPLAY") else "xvfb-run --auto-servernum "
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", screen + command],
        cwd=folder,
        env=os.environ | {"PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def sessions(page):
    """Each command of a page with what it is said to print."""
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.replace("\\\n", " ").partition("\n")
            yield command, printed.strip()


SHOWN = [(page.stem, *session) for page in PAGES for session in sessions(page)]


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        pytest.param(command, printed, id=f"{page}: {command[:60]}")
        for page, command, printed in SHOWN
        if command.split()[0] in RUN_HERE
    ],
)
def test_a_command_does_what_is_shown(clone, command, printed):
    if command.startswith("pythiags videotestsrc"):
        command += " --timeout=1"  # a person closes the window
    done = run(command, clone / "examples" / "usage")
    if printed:
        wanted = re.escape(printed).replace(re.escape("..."), ".*")
        assert re.search(wanted, done.stdout + done.stderr, re.DOTALL), done.stdout + done.stderr
    else:
        assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "target", {command.split()[1] for _, command, _ in SHOWN if "make " in command}
)
def test_a_target_of_make_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_two_sources_of_different_size_and_length(clone):
    done = run("python per_source.py", clone / "examples" / "many_sources")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^source 0: person [1-9]\d* times$", done.stdout, re.MULTILINE), done.stdout
