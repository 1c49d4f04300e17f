"""Every block of the README and of the documentation does what is shown, or says why it cannot run.

``console``
    A session among the files of ``examples/usage``: lines after ``$`` are commands, the others are
    what they print, where ``...`` stands for anything. A command that is shown without what it
    prints has to succeed.
``sh``
    A script that has to succeed there.
``python``
    A program that has to end without an error there. A reader has ``app`` by then, an App of
    ``demo.gstp``, and what is in ``mine.py``.
``text``, the formats of data, and directives
    Nothing to run.

The reader's own files are there: ``mine.py``, ``run.jsonl``, ``video.h264``,
``config_infer_primary.txt``, and the examples that a page asks to save. A block
that cannot run here has a comment before it with the reason: ``<!-- fragment: needs a camera -->``.
One of Python must be Python all the same.

What pages connect to is a server of this machine, see ``STANDINS``; a block has to reach it. A
webcam is a test picture. Blocks of Python on ``howto/notebooks.md`` are the cells of one notebook.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from standins import yolo
from standins.network import Broker, Camera, WebServer

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DATA = Path("src/pythiags/data")
VIDEO = "pedestrians.h264"
YOURS = {VIDEO: "video.h264", "config_infer_primary_nanodet.txt": "config_infer_primary.txt"}
FRAMES = 12
RUN = {"console", "python", "sh"}
SHOWN = {"ini", "json", "text", "toml", "yaml"}
FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<language>.*)\n"
    r"(?P<text>(?:.*\n)*?)(?P=indent)(?P=fence)[ \t]*$",
    re.MULTILINE,
)
FRAGMENT = re.compile(r"<!-- fragment: ([^>]{10,}) -->\s*\Z")
MINE = """\
from my_custom_parsing import MyCustomExtract as Extract
from my_custom_parsing import MyCustomProcess as Process

class Archive(Process):
    pass

class Gauge(Process):
    pass

def zone_of(event):
    return event["label"]
"""
READER = """\
import sys
from pythiags import App
import mine

names = {**vars(mine), "__name__": "__main__"}
with App.from_file("demo.gstp", batch_size=1) as names["app"]:
    exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), names)
"""
WINDOW = ROOT / "tests" / "kivy" / "programs" / "page.py"
RECORDING = """\
{"format": "pythiags-metadata", "version": 1}
{"pts": 0, "frames": [{"objects": [{"obj_label": "person", "confidence": 0.9}]}]}
"""
SAVED = [
    "cameras/camera.gstp",
    "cameras/webcam.gstp",
    "publish/to_http.py",
    "publish/to_mqtt.py",
    "yolo/yolo.gstp",
    "yolo/yolo.txt",
]
NOTEBOOK = ROOT / "docs" / "howto" / "notebooks.md"
STANDINS = {
    "rtsp://camera.local/live": "camera",
    "broker.local": "broker",
    "http://collector.local": "web_server",
}
WEBCAM = "v4l2src device=/dev/video0"
PICTURE = "videotestsrc num-buffers=20"
JPEG = " ! image/jpeg"


def without_webcam(text):
    """The text with a test picture in the place of a webcam."""
    return text.replace(WEBCAM + JPEG, f"{PICTURE} ! jpegenc{JPEG}").replace(WEBCAM, PICTURE)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page; ``reason`` is why it cannot run, if it says so."""

    page: Path
    line: int
    language: str
    text: str
    reason: str | None

    def __str__(self):
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page, text):
    for match in FENCE.finditer(text):
        before = text[: match.start()]
        fragment = FRAGMENT.search(before)
        yield Block(
            page,
            before.count("\n") + 1,
            match["language"].strip(),
            re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
            fragment[1] if fragment else None,
        )


BLOCKS = [block for page in PAGES for block in blocks_of(page, page.read_text())]

CELLS = [each for each in BLOCKS if each.page == NOTEBOOK and each.language == "python"]


def of(*languages):
    """The blocks of these languages that run by themselves."""
    chosen = [
        each
        for each in BLOCKS
        if each.language in languages and not each.reason and each not in CELLS
    ]
    return pytest.mark.parametrize("block", chosen, ids=str)


def objection(block):
    """Why a block is neither run nor known to need no run; None if it is."""
    if block.language in RUN | SHOWN or block.language.startswith("{"):
        return None
    return (
        f"{block}: nothing runs blocks of {block.language!r}: "
        f"make it one of {', '.join(sorted(RUN | SHOWN))}"
    )


def test_every_block_runs_or_says_why_not():
    assert not [objection(block) for block in BLOCKS if objection(block)]
    fences = sum(len(re.findall(r"^\s*(?:`{3,}|~{3,})", p.read_text(), re.M)) for p in PAGES)
    assert fences == 2 * len(BLOCKS), "a fence that is not closed hides what follows"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```python\n1\n```\n", [("python", "1\n", None)]),
        ("- a\n\n  ```sh\n  b\n  ```\n", [("sh", "b\n", None)]),
        ("````text\n```\n````\n", [("text", "```\n", None)]),
        ("<!-- fragment: needs a camera -->\n```sh\nb\n```\n", [("sh", "b\n", "needs a camera")]),
        ("<!-- fragment: no -->\n```sh\nb\n```\n", [("sh", "b\n", None)]),  # that is no reason
        ("<!-- fragment: needs a camera -->\nText.\n```sh\nb\n```\n", [("sh", "b\n", None)]),
        (
            "~~~bash\nb\n~~~\n\n```{toctree}\na\n```\n",
            [("bash", "b\n", None), ("{toctree}", "a\n", None)],
        ),
    ],
)
def test_how_blocks_are_read(text, found):
    blocks = list(blocks_of(ROOT / "page.md", text))
    assert [(block.language, block.text, block.reason) for block in blocks] == found
    assert [objection(block) is None for block in blocks] == [each[0] != "bash" for each in found]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Examples and sample data as in a clone, with a video that is short."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "examples", root / "examples")
    usage = root / "examples" / "usage"
    (usage / "mine.py").write_text(MINE)
    (usage / "app.py").write_text("import sys\n\nimport pyds\n")
    for path in SAVED:
        text = (root / "examples" / path).read_text()
        (usage / Path(path).name).write_text(without_webcam(text))
    yolo.save(usage / "best.onnx")
    (usage / "run.jsonl").write_text(RECORDING)
    (usage / "yolo-labels.txt").write_text("pallet\nforklift\n")
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
    for path in (root / DATA).glob("*.*"):
        (usage / YOURS.get(path.name, path.name)).symlink_to(path)
    return root


@pytest.fixture(scope="module")
def camera():
    with Camera() as camera:
        yield camera


@pytest.fixture(scope="module")
def broker():
    with Broker() as broker:
        yield broker


@pytest.fixture(scope="module")
def web_server():
    with WebServer() as server:
        yield server


@pytest.fixture
def reachable(request):
    """Replace addresses in a block by those of stand-ins, which have to be reached.

    A camera has no end: it is watched for a while.
    """
    used = []

    def replace(text):
        for address, name in STANDINS.items():
            if address in text:
                standin = request.getfixturevalue(name)
                used.append((address, standin, len(standin.received)))
                text = text.replace(address, standin.address)
                text = text.replace(
                    f'uri="{standin.address}"', f'uri="{standin.address}", timeout=10'
                )
        return without_webcam(text)

    yield replace
    assert not [address for address, standin, before in used if len(standin.received) == before]


@pytest.fixture
def here(clone):
    return clone / "examples" / "usage"


def run(command, folder):
    """Run a line as a person does who stands in the folder, has a screen and waits no minute."""
    screen = [] if os.environ.get("DISPLAY") else ["xvfb-run", "--auto-servernum"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [*screen, "bash", "-e", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path, "COLUMNS": "200", "KIVY_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def sessions(text):
    """Each command of a block, after what changes the shell, with what it is said to print."""
    shell = ""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.replace("\\\n", " ").partition("\n")
        if command.startswith(("export ", "cd ")):
            shell += f"{command}\n"
        # A person closes the window.
        limit = " --timeout=1" if command.startswith("pythiags videotestsrc") else ""
        if "rtsp://" in command:
            limit = " --timeout=10"
        yield f"{shell}{command}{limit}", printed.strip()


@of("console")
def test_a_session_goes_as_shown(here, reachable, block):
    assert block.text.startswith("$ "), "a session begins with a command"
    for command, printed in sessions(reachable(block.text)):
        done = run(command, here)
        if printed:
            wanted = re.escape(printed).replace(re.escape("..."), ".*")
            assert re.search(wanted, done.stdout + done.stderr, re.DOTALL), done.stderr
        else:
            assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr


@of("sh")
def test_a_script_succeeds(here, reachable, block):
    done = run(reachable(block.text), here)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@of("python")
def test_a_program_ends_without_an_error(here, reachable, block):
    (here / "block.py").write_text(reachable(block.text))
    (here / "reader.py").write_text(READER)
    window = "pythiags.kivy" in block.text
    done = run(f"KIVY_NO_ARGS=1 python {WINDOW if window else 'reader.py'} block.py", here)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_cells_of_a_notebook_run_in_order(here):
    (here / "cells.json").write_text(json.dumps([cell.text for cell in CELLS]))
    done = run(f"python {ROOT / 'tests' / 'standins' / 'kernel.py'} cells.json", here)
    assert done.returncode == 0, done.stdout + done.stderr
    start, frame, live, stop = map(json.loads, done.stdout.splitlines())
    assert not [each for each in start if "name" in each], "nothing is printed"
    assert "image/png" in frame[-2]["data"]
    assert [each for each in live if "image/png" in each.get("data", ())]
    assert "delivered" in stop[-2]["text"]


def test_the_program_that_shows_an_error_prints_it(here):
    (block,) = [each for each in BLOCKS if each.language == "python" and "nosuch" in each.text]
    (here / "block.py").write_text(block.text)
    done = run(f"KIVY_NO_ARGS=1 python {WINDOW} block.py", here)
    assert "there is no element 'nosuch'" in done.stdout
    assert "there is no element 'nosuch'" not in done.stderr


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.reason], ids=str)
def test_a_fragment_is_of_its_language_all_the_same(block):
    if block.language == "python":
        compile(block.text, str(block), "exec")
    elif block.language == "console":
        assert block.text.startswith("$ ")


TARGETS = {
    target
    for block in BLOCKS
    if block.language in {"console", "sh"}
    for target in re.findall(r"^(?:\$ )?make (\w+)", block.text, re.MULTILINE)
}


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_target_of_make_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_two_sources_of_different_size_and_length(clone):
    done = run("python per_source.py", clone / "examples" / "many_sources")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^source 0: person [1-9]\d* times$", done.stdout, re.MULTILINE), done.stdout


def test_every_example_runs_in_a_test():
    """By name: in a test, in a block that runs, or as the module of another example."""
    examples = list((ROOT / "examples").rglob("*.py"))
    texts = [path.read_text() for path in (*(ROOT / "tests").rglob("test_*.py"), *examples)]
    texts += [block.text for block in BLOCKS if block.language in RUN and not block.reason]
    known = "\n".join(texts)
    names = {path for path in examples if not re.search(rf"\b{path.stem}(\.py\b|:|\.)", known)}
    assert not names
