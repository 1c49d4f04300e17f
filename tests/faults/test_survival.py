"""What each kind of worker survives: the table of the documentation, each cell a test."""

import signal
from pathlib import Path

import pytest
from faults import consumers
from faults.harness import LONGEST_GAP, Program, Stream, at_most, retried, until

from pythiags.app.placement import WORKERS
from pythiags.errors import DrainTimeout

PAGE = Path(__file__).parents[2] / "docs/howto/workers.md"
HEADING = "## What each kind survives"
AT = 10  # the frame at which a consumer misbehaves
MORE = 25  # frames that have to come after that
TAKEOVER = 1.0  # seconds
DRAIN = 0.5  # seconds

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
    """Nothing is lost, and no frame comes late."""
    with Stream(misdeed(folder), folder, worker=kind) as stream:
        stream.await_events(AT + MORE)
        summary = stream.app.stop()
    channel = summary.attachments[0].channel
    assert (channel.dropped, channel.pending) == ({}, 0)
    delivered = [note.frame for note in stream.notes("end")]
    assert delivered == [*range(channel.produced)]
    at_most("the longest gap", stream.longest_gap(), LONGEST_GAP)


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
    at_most("the longest gap", stream.longest_gap(), LONGEST_GAP)


def is_given_up(misdeed, kind, folder):
    """The stream goes on beside it; at the end the drain time-out names it."""
    with Stream(misdeed(folder), folder, worker=kind, name="mine") as stream:
        until(lambda: len(stream.notes("begin")) > AT, "the misdeed")
        stream.await_frames(MORE)
        with pytest.raises(DrainTimeout, match="mine") as caught:
            stream.app.stop(drain=DRAIN)
    channel = stream.channel
    assert f"{channel.pending} events pending" in str(caught.value)
    assert (channel.dropped, channel.delivered) == ({}, AT)
    assert channel.pending == channel.produced - AT >= MORE
    at_most("the longest gap", stream.longest_gap(), LONGEST_GAP)


def is_replaced(misdeed, kind, folder):
    """Another process takes over, gets the event again, and nothing is lost."""
    with Stream(misdeed(folder), folder, worker=kind) as stream:
        stream.await_events(AT + MORE)
        summary = stream.app.stop()
    channel = summary.attachments[0].channel
    assert (channel.dropped, channel.pending, channel.redelivered) == ({}, 0, 1)
    assert [note.frame for note in stream.notes("end")] == [*range(channel.produced)]
    first, second = (note for note in stream.notes("begin") if note.frame == AT)
    assert first.pid != second.pid
    at_most("the longest gap", stream.longest_gap(), LONGEST_GAP)
    at_most("the spare took over", second.seconds - first.seconds, TAKEOVER)


def stands_still(misdeed, kind, folder):
    """The control of the gaps: one is as long as the consumer has the interpreter to itself."""
    with Stream(misdeed(folder), folder, worker=kind) as stream:
        stream.await_events(AT + MORE)
    assert stream.longest_gap() > 2 * LONGEST_GAP


def takes_the_program_along(misdeed, kind, folder):
    """The control of what is replaced: there is nobody left to do it."""
    with Program(misdeed.__name__, folder, worker=kind) as program:
        code, counters, _ = program.finish()
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
    retried(lambda folder: VERDICTS[verdict](MISDEEDS[what], kind, folder), tmp_path)


def test_the_table_has_a_row_for_each_misdeed_and_a_column_for_each_kind():
    assert [row[0] for row in ROWS] == [*MISDEEDS]
    assert {*KINDS} == {*WORKERS}
