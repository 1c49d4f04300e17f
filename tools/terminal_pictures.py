"""Make the pictures of a terminal in the documentation: what commands really print, as SVG.

::

    python tools/terminal_pictures.py

Each command runs in a terminal of its own, among the files of examples/usage. A picture is the
screen at its end, or, for a run, with the live line under the last detections.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console, Group
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLUMNS = 100
PICTURES = {
    # name: the command, how many rows are shown, whether the run is shown while it lasts
    "check": ("pythiags check videotestsrc patern=ball ! videoconvrt ! fakesink", 24, False),
    "run": (
        "pythiags file demo.gstp --batch-size=1 --display=none --obs=pgie "
        "--ext=my_custom_parsing:MyCustomExtract --proc=my_custom_parsing:MyCustomProcess",
        12,
        True,
    ),
}
THEME = TerminalTheme(
    (30, 33, 40),
    (220, 223, 228),
    [
        *((40, 44, 52), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
        *((97, 175, 239), (198, 120, 221), (86, 182, 194), (220, 223, 228)),
    ],
)
CODE = re.compile(rb"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """As much of a terminal as the commands use: colours, and moving up to rewrite a line."""

    def __init__(self) -> None:
        self.lines = [b""]
        self.row = 0

    def feed(self, data: bytes) -> None:
        """Take what a program has written."""
        place = 0
        for match in CODE.finditer(data):
            self._write(data[place : match.start()])
            self._obey(match[1], match[2], match[0])
            place = match.end()
        self._write(data[place:])

    def _obey(self, arguments: bytes, kind: bytes, code: bytes) -> None:
        if kind == b"m":
            self.lines[self.row] += code
        elif kind == b"A":
            self.row -= int(arguments or b"1")
        elif kind == b"K":
            self.lines[self.row] = b""

    def _write(self, data: bytes) -> None:
        for part in re.split(rb"(\r?\n|\r)", data):
            if part.endswith(b"\n"):
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append(b"")
            elif part == b"\r":
                self.lines[self.row] = b""  # what follows is as long as what was there
            else:
                self.lines[self.row] += part


def run(command: str) -> bytes:
    """Run a command in a terminal and return what it writes."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT / "examples" / "usage")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        os.environ.update(PATH=path, COLUMNS=str(COLUMNS), TERM="xterm-256color")
        words = shlex.split(command)
        os.execvp(words[0], words)  # noqa: S606 - no shell is wanted
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    written = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the program is gone
            break
        written += data
    os.waitpid(process, 0)
    return written


def lines_of(written: bytes, *, live: bool) -> list[bytes]:
    """Return the lines of the screen, at the end or while the live line was last shown whole."""
    screen = Screen()
    if live:
        written = written[: written.rindex(b"\x1b[1A")]
        written = written[: written.rindex(b"\r")]
    screen.feed(written)
    while not CODE.sub(b"", screen.lines[-1]).strip():
        screen.lines.pop()
    return screen.lines


def picture(command: str, lines: list[bytes]) -> str:
    """Return an SVG of a prompt with the command, and lines below it."""
    texts = [Text.from_ansi(line.decode()) for line in lines]
    for text in texts:
        text.truncate(COLUMNS)
    prompt = Text.assemble(("$ ", "green"), command.replace(" --ext", " \\\n      --ext"))
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    console.print(Group(prompt, *texts, ""))  # the last line of the picture is cut a little
    svg = console.export_svg(title="", theme=THEME, unique_id="terminal")
    # The reader's own font: a page of the documentation loads nothing from other places.
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<!--.*?-->", "", svg)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE) + "\n"


def main() -> None:
    """Make all of them."""
    for name, (command, rows, live) in PICTURES.items():
        written = run(command)
        if live:
            written = written[: len(written) * 2 // 3]
        lines = lines_of(written, live=live)
        (IMAGES / f"{name}.svg").write_text(picture(command, lines[-rows:]), encoding="utf-8")
        print(IMAGES / f"{name}.svg")


if __name__ == "__main__":
    main()
