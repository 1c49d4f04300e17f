"""``--reload``: what a user sees who edits a file while it runs."""

from faults.harness import until

LIVE = "videotestsrc is-live=true ! identity name=here ! fakesink"
TEXT = """\
VERSION = {version}

def extract(pad, info):
    return [VERSION]

class Process:
    def incoming(self, events):
        print(VERSION, *events, flush=True)
"""


def test_an_edit_is_taken_and_one_with_an_error_is_shown(child, folder):
    path = folder / "edited.py"
    path.write_text(TEXT.format(version=1))
    words = ("--obs=here", "--ext=edited:extract", "--proc=edited:Process", "--reload")
    process = child("launch", *LIVE.split(), *words)
    lines = iter(process.stdout.readline, "")
    assert next(lines) == "1 1\n"
    path.write_text(TEXT.format(version="2 +"))
    errors = iter(process.stderr.readline, "")
    shown = next(line for line in errors if line.startswith("ERROR"))
    assert f"{path} is not taken, the old code goes on: SyntaxError: invalid syntax" in shown
    assert next(errors) == f"  at {path}:1: VERSION = 2 +\n"
    assert next(lines) == "1 1\n"
    path.write_text(TEXT.format(version=3))
    until(lambda: next(lines) == "3 3\n", "events of the new code")
    process.terminate()
    process.stdout.read()
    summary = process.stderr.read()
    assert f"{path}: loaded anew: 1, not taken: 1" in summary
    assert process.wait() == 143
