"""What type checkers and editors see of the public face."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="the type checker is missing: make install brings it")

GOOD = """
from functools import partial
from pythiags import App, AttachOptions, Consumer, Description, Detections, Extractor
from pythiags import JsonLinesConsumer

class Mine(Extractor):
    def extract_metadata(self, pad: object, info: object) -> list[int]:
        return []

class Duck:
    def extract_metadata(self, pad, info):
        return []

class Print(Consumer):
    def incoming(self, events: list[int]) -> None:
        print(events)

class Sink:
    def __init__(self, path: str = "x") -> None: ...
    def incoming(self, events): ...

class Typo(Consumer):
    def incomming(self, events: list[int]) -> None: ...

class Slip(Extractor):
    def extract_metdata(self, pad: object, info: object) -> list[int]:
        return []

seen: list[int] = []
App(Description("fakesrc ! fakesink"), timeout=3)
consumers = [Print, Print]
app = App("fakesrc ! fakesink", timeout=3, any_variable=4)
app.attach("a", Mine, Print)
app.attach("a", Mine(), Print(), queue_size=3, name="cam")
app.attach("a", Duck, Sink, worker="thread")
app.attach("a", Duck(), partial(Sink, path="y"), key=len)
app.attach("a", lambda pad, info: [1], seen.extend, workers=2)
app.attach("a", Detections(), print)
app.attach("a", partial(Detections, min_confidence=0.4), JsonLinesConsumer("x.jsonl"))
app.attach(element="a", extractor=Mine, consumer=[Print, (Sink, AttachOptions(on_full="latest"))])
app.attach("a", Mine, consumers)
"""
WRONG = {
    'app.attach("a", 3, Print)': "arg-type",
    'app.attach("a", Mine, "nope")': "arg-type",
    'app.attach("a", Mine, Mine)': "arg-type",
    'app.attach("a", Print, Print)': "arg-type",
    'app.attach("a", Mine, [Print, "nope"])': "list-item",
    'app.attach("a", Mine, Print, displays="kivy")': "call-arg",
    'app.attach("a", Mine, Print, queue_size="big")': "arg-type",
    'app.attach("a", Mine, Print, on_full="drop")': "arg-type",
    'app.attach("a", Mine)': "call-arg",
    "AttachOptions(leftovers=True)": "arg-type",
    "AttachOptions().workers = 3": "misc",
    'App.from_file("a.gstp", timeout="3")': "arg-type",
    "App(3)": "call-overload",
    'App(Description("a"), displays="none")': "call-overload",
    'App("a", timeout="3")': "call-overload",
    'app.attach("a", Mine, Typo())': "abstract",
    'app.attach("a", Slip(), Print)': "abstract",
    "from pythiags import Nosuch": "attr-defined",
}


def test_a_type_checker_takes_what_is_right_and_nothing_else(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(GOOD + "\n".join(WRONG) + "\n")
    words = ["--no-error-summary", "--hide-error-context", "--follow-imports=silent"]
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words, "--config-file=", program],
        cwd=root,
        env={"MYPYPATH": str(root / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    errors = re.findall(r"program\.py:(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    first = GOOD.count("\n") + 1
    assert [(int(line), kind) for line, kind in errors] == [
        (first + number, kind) for number, kind in enumerate(WRONG.values())
    ], done.stdout + done.stderr
