"""What a terminal shows while a run lasts."""

import fcntl
import logging
import math
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from pythiags.app import AppStats, AttachmentStats, ExtractionStats, LaneStats, Share
from pythiags.channel import ChannelStats
from pythiags.cli import report
from pythiags.cli.progress import headline, unlogged_drain
from pythiags.gst.pipeline import PipelineState

SECONDS = 20  # for a child to do what is waited for


def channel(**counters):
    zero = dict.fromkeys(ChannelStats.__dataclass_fields__, 0)
    return ChannelStats(**{**zero, "dropped": {}, **counters})


def attachment(counters=(), **more):
    stats = channel(**dict(counters))
    return AttachmentStats(
        **{
            "name": "pgie",
            "element": "pgie",
            "worker": "thread",
            "extraction": ExtractionStats(5000, 1.0, 0.0002, 0.0008, 0.0, 1, {}),
            "share": Share(0.12, 0.0),
            "lanes": (LaneStats("pgie", {}, 0, stats),),
            **more,
        }
    )


def app(*attachments, **more):
    return AppStats(
        **{
            "state": PipelineState.RUNNING,
            "elapsed": 14.0,
            "played": 10.0,
            "draining": 3.0,
            "frames": 5000,
            "position": 2.0,
            "duration": 8.0,
            "attachments": attachments,
            **more,
        }
    )


def test_a_line_has_what_matters_and_leaves_out_what_is_zero():
    stats = attachment({"produced": 5000, "delivered": 4990, "pending": 10})
    assert str(stats) == (
        "pgie: produced 5,000  delivered 4,990  pending 10  p99 800 µs  share 12 %"
    )


def test_a_line_has_all_that_goes_wrong():
    stats = attachment(
        {
            "produced": 5000,
            "delivered": 3000,
            "dropped": {"spill-full": 12, "dead-letter": 1},
            "pending": 1987,
            "on_disk": 1200,
            "spilled": 1400,
            "redelivered": 3,
        },
        share=Share(0.1, 0.55),
    )
    assert str(stats) == (
        "pgie: produced 5,000  delivered 3,000  spill-full 12  dead-letter 1  "
        "pending 1,987 (1,200 on disk)  redelivered 3  p99 800 µs  share 65 % (GIL 55 %)"
    )


def test_the_bars_line():
    assert headline(app()) == "running, 5000 frames, 500.0 fps, 2.0 of 8.0 s"
    many = app(*[attachment({"pending": 100})] * 20, position=None)
    assert headline(many).endswith("500.0 fps, 2,000 pending")


@pytest.mark.parametrize("state", [PipelineState.NEW, PipelineState.STARTING])
def test_nothing_is_counted_before_there_is_a_stream(state):
    assert headline(app(state=state)) == "starting"


def test_what_is_on_the_screen_is_kept_out_of_the_log(caplog):
    log = logging.getLogger("pythiags.app.drain")
    with caplog.at_level("INFO"):
        with unlogged_drain():
            log.info("on the screen")
        log.info("in the log")
    assert [record.getMessage() for record in caplog.records] == ["in the log"]


class Terminal:
    """A command on a terminal of so many columns, and what was seen on it."""

    def __init__(self, folder, *words, columns=140):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        hidden = ("DISPLAY", "WAYLAND_DISPLAY", "COLUMNS")
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        self.seen = ""
        self.child = subprocess.Popen(
            [sys.executable, "-m", "pythiags", *words],
            env=environment | {"TERM": "xterm-256color", "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def read_until(self, pattern):
        """Read until it is there, or the command is over; give the match."""
        deadline = time.monotonic() + SECONDS
        while not (match := re.search(pattern, self.plain)) and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace")
                except OSError:  # the other end is closed
                    break
        assert match, self.plain
        return match

    @property
    def plain(self):
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen)

    def close(self):
        self.child.kill()
        self.child.wait()
        os.close(self.master)


@pytest.fixture
def terminal(folder):
    opened = []

    def start(*words, **more):
        opened.append(Terminal(folder, *words, **more))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


SLOW = """\
import sys, time

def ext(pad, info):
    return [info.get_buffer().offset]

def proc(events):
    if events[0] == 3:
        print("said by the consumer")
    time.sleep(0.05)  # so that there is a drain to follow

def bang(events):
    raise ValueError("bang")
"""
LIVE = "videotestsrc is-live=true ! video/x-raw,framerate=10/1 ! identity name=here ! fakesink"
PAIR = ("--obs=here", "--ext=slow:ext")


def test_the_line_of_each_attachment_below_the_bar(terminal, folder):
    (folder / "slow.py").write_text(SLOW)
    live = "videotestsrc is-live=true ! video/x-raw,framerate=10/1 ! identity name=here ! fakesink"
    shown = terminal(
        "launch", live, *PAIR, "--proc=slow:proc", "--ext=mine:ext", "--proc=slow:bang"
    )
    shown.read_until(r"running, \d+ frames, [\d.]+ fps")
    counters = r"here: produced \d+  delivered \d+  pending \d  p99 [\d.]+ [µm]s  share \d+ %"
    shown.read_until(counters)
    shown.read_until(r"here-bang: produced \d+  delivered 0  consumer-error \d+  pending 0")
    shown.read_until(r"\n?said by the consumer\r?\n")
    shown.read_until(r"ERROR pythiags\.workers\.thread: .*ValueError: bang \(\d+ more since")
    cleared = re.search(r"\x1b\[2KERROR pythiags[^\r\n]* more since", shown.seen)
    assert cleared, "it stands on a line that was cleared for it"
    shown.child.send_signal(signal.SIGINT)
    shown.read_until(r"frames in [\d.]+ s, [\d.]+ fps: SIGINT")
    assert shown.child.wait(SECONDS) == 130


def test_a_drain_is_followed_and_obeys_ctrl_c(terminal, folder):
    (folder / "slow.py").write_text(SLOW)
    finite = "videotestsrc num-buffers=600 ! video/x-raw,width=32,height=32 ! identity name=here"
    shown = terminal("launch", f"{finite} ! fakesink", *PAIR, "--proc=slow:proc")
    left = shown.read_until(r"(\d+) events left, [\d.]+ a second, \S+( s)? to go; Ctrl-C ends it")
    assert int(left[1]) < 600
    shown.child.send_signal(signal.SIGINT)
    assert shown.child.wait(SECONDS) == 130
    shown.read_until(r"fps, then [\d.]+ m?s for the consumers to finish: SIGINT")


def test_a_narrow_terminal_gets_one_line_each(terminal, folder):
    (folder / "slow.py").write_text(SLOW)
    shown = terminal("launch", LIVE, *PAIR, "--proc=slow:proc", "--worker=thread", columns=40)
    shown.read_until(r"here: produced \d+  delivered \d+")
    lines = [line for line in re.split(r"[\r\n]+", shown.plain) if "produced" in line]
    assert max(map(len, lines)) <= 40
    assert all(line.rstrip().endswith("…") for line in lines)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_summary_in_a_narrow_terminal_is_a_paragraph_each(width):
    first = attachment({"produced": 5000, "delivered": 3000, "dropped": {"consumer-error": 2000}})
    lines = report._table([first, attachment(name="archive")], width)
    assert max(map(len, lines)) <= width
    assert [line for line in lines if not line.startswith("  ")] == ["pgie", "archive"]
    text = " ".join(" ".join(lines).split())
    assert text.startswith("pgie buffers 5000 produced 5000 delivered 3000 dropped 2000 consumer-e")
    assert "share 12 %" in text


def test_a_summary_that_fits_is_a_table():
    rows = report._table([attachment({"produced": 3}), attachment()], 100)
    assert len({len(row) for row in rows}) == 1
    assert rows == report._table([attachment({"produced": 3}), attachment()], math.inf)
