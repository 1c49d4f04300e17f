"""What each kind of worker survives: the table of the documentation, each cell a test."""

import os
import signal
from pathlib import Path

import pytest
from faults import consumers
from faults.harness import Program, Stream, children, until

from pythiags.app.placement import WORKERS
from pythiags.errors import DrainTimeout

PAGE = Path(__file__).parents[2] / "docs/howto/workers.md"
HEADING = "## What each kind survives"
AT = 10  # the frame at which a consumer misbehaves
MORE = 25  # frames that have to come after that
DRAIN = 0.5  # seconds
HELD = 0.5  # seconds for which a thread keeps the GIL

MISDEEDS = {
    "sleeps": consumers.Sleeps,
    "computes in Python": consumers.Computes,
    "holds the GIL in native code": consumers.HoldsTheGil,
    "raises once": consumers.Raises,
    "raises on every event": consumers.RaisesAlways,
    "raises `SystemExit`": consumers.RaisesSystemExit,
    "raises `KeyboardInterrupt`": consumers.RaisesKeyboardInterrupt,
    "reaches the limit of its memory": consumers.Allocates,
    "never returns": consumers.NeverReturns,
    "spins for ever": consumers.Spins,
    "writes to a pipe that nobody reads": consumers.WritesToAFullPipe,
    "calls `os._exit(9)`": consumers.Exits,
    "is killed (SIGKILL)": consumers.IsKilled,
    "reads from a null pointer": consumers.Segfaults,
}
DEATHS = {
    consumers.Exits: 9,
    consumers.IsKilled: -signal.SIGKILL,
    consumers.Segfaults: -signal.SIGSEGV,
}


def table():
    """Read the table: rows of cells, the header first."""
    lines = PAGE.read_text().partition(HEADING)[2].partition("\n## ")[0].splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not row[0].startswith("---")]


HEADER, *ROWS = table()
KINDS = [kind.strip("`") for kind in HEADER[1:]]
CELLS = [
    (what, kind, verdict)
    for what, *verdicts in ROWS
    for kind, verdict in zip(KINDS, verdicts, strict=True)
]


def goes_on(misdeed, kind, folder):
    """Frames come while the consumer is at it, and nothing is lost."""
    with Stream(misdeed(folder), folder, worker=kind) as stream:
        stream.await_misdeed(AT)
        stream.await_frames(MORE)
        assert [note.frame for note in stream.notes("end")] == [*range(AT)], "it is at it still"
        stream.gate.open()
        stream.await_events(MORE)
        summary = stream.app.stop()
    channel = summary.attachments[0].channel
    assert (channel.dropped, channel.pending) == ({}, 0)
    delivered = [note.frame for note in stream.notes("end")]
    assert delivered == [*range(channel.produced)]


def is_counted(misdeed, kind, folder):
    """The events on which it raised are dropped and counted, the others delivered."""
    with Stream(misdeed(folder), folder, worker=kind) as stream:
        stream.await_frames(AT + MORE)
        until(lambda: len(stream.notes("begin")) >= AT + MORE, "events after the error")
        summary = stream.app.stop()
    (attachment,) = summary.attachments
    channel, finished = attachment.channel, len(stream.notes("end"))
    wrong = channel.produced if misdeed is consumers.RaisesAlways else 1
    assert channel.dropped == {"consumer-error": wrong}
    assert sum(attachment.consumer_errors.values()) == wrong
    assert (channel.delivered, channel.pending) == (finished, 0)
    assert finished == channel.produced - wrong
    assert len({note.pid for note in stream.notes("begin")}) == 1, "the worker is still the first"


def is_given_up(misdeed, kind, folder):
    """The stream continues beside it; at the end the drain timeout names it."""
    with Stream(misdeed(folder), folder, worker=kind, name="mine") as stream:
        stream.await_misdeed(AT)
        stream.await_frames(MORE)
        with pytest.raises(DrainTimeout, match="mine") as caught:
            stream.app.stop(drain=DRAIN)
        channel = stream.channel
    assert f"{channel.pending} events pending" in str(caught.value)
    assert (channel.dropped, channel.delivered) == ({}, AT)
    assert channel.pending == channel.produced - AT >= MORE


def is_replaced(misdeed, kind, folder):
    """Frames come before the spare can take over; then it gets the event, and nothing is lost."""
    with Stream(misdeed(folder, gated=True), folder, worker=kind) as stream:
        worker = stream.await_misdeed(AT)
        spares = children() - {worker}
        for spare in spares:
            os.kill(spare, signal.SIGSTOP)
        stream.gate.open()
        stream.await_frames(MORE)
        for spare in spares:
            os.kill(spare, signal.SIGCONT)
        stream.await_events(MORE)
        summary = stream.app.stop()
    channel = summary.attachments[0].channel
    assert (channel.dropped, channel.pending, channel.redelivered) == ({}, 0, 1)
    assert [note.frame for note in stream.notes("end")] == [*range(channel.produced)]
    first, second = (note for note in stream.notes("begin") if note.frame == AT)
    assert first.pid == worker
    assert second.pid in spares, "it ran before there was need for it"


def stands_still(misdeed, kind, folder):
    """The control of the frames that come: none does while the consumer has the interpreter."""
    with Stream(misdeed(folder, HELD), folder, worker=kind) as stream:
        stream.await_events(AT + MORE)
    (start,), (end,) = stream.notes("from"), stream.notes("to")
    assert end.seconds - start.seconds >= HELD
    # Those that have piled up come when it lets go, maybe before it has looked at the clock.
    held_until = start.seconds + HELD
    meanwhile = [moment for moment in stream.times if start.seconds < moment < held_until]
    assert len(meanwhile) <= 1, "one may slip in before the lock is held"


def takes_the_program_along(misdeed, kind, folder):
    """The control for the replaced worker: the program itself is gone."""
    with Program(misdeed.__name__, folder, worker=kind) as program:
        code, counters = program.finish()
    assert (code, counters) == (DEATHS[misdeed], None)


VERDICTS = {
    "goes on": goes_on,
    "counted": is_counted,
    "given up": is_given_up,
    "replaced": is_replaced,
    "stands still": stands_still,
    "takes the program along": takes_the_program_along,
}


@pytest.mark.parametrize(("what", "kind", "verdict"), CELLS)
def test_survival(what, kind, verdict, tmp_path):
    VERDICTS[verdict](MISDEEDS[what], kind, tmp_path)


def test_the_table_has_a_row_for_each_misdeed_and_a_column_for_each_kind():
    assert [row[0] for row in ROWS] == [*MISDEEDS]
    assert {*KINDS} == {*WORKERS}
