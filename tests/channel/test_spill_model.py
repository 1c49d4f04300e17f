"""Any order of puts, gets, settlements and faults of the disk: nothing is lost or overtaken."""

import itertools
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pythiags.channel import Channel, Control
from pythiags.channel import spill as spill_module
from pythiags.channel.batches import Pickled
from pythiags.channel.spillfile import SpillFile


class Spilling(RuleBasedStateMachine):
    """A channel, and what it must have in it at least."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(spill_module, "RETRY", 0.0)
        self.broken = False
        append = SpillFile.append

        def try_append(*args):
            if self.broken:
                raise sqlite3.OperationalError("disk I/O error")
            return append(*args)

        self.patch.setattr(SpillFile, "append", try_append)
        self.numbers = itertools.count()
        self.put_in, self.taken = [], []
        self.in_flight = 0

    @initialize(size=st.integers(1, 12), limit=st.sampled_from([1, 2_000, 1 << 30]))
    def open(self, size, limit):
        self.channel = Channel(size, spill_dir=self.folder, spill_bytes=limit)
        self.size = size

    @rule(count=st.integers(1, 30), weight=st.sampled_from([0, 500]))
    def put(self, count, weight):
        for number in itertools.islice(self.numbers, count):
            self.channel.put((number, b"x" * weight))
            self.put_in.append(number)

    @rule()
    def put_control(self):
        self.channel.put_control(Control.END)
        self.put_in.append(Control.END)

    @rule(limit=st.integers(1, 40))
    def get(self, limit):
        try:
            items = self.channel.get_many(limit, 0.001)
        except TimeoutError:
            return
        self.take(items)

    def take(self, items):
        if isinstance(items[0], Control):
            assert len(items) == 1
            self.taken += items
        else:
            items = [it.load() if isinstance(it, Pickled) else it for it in items]
            self.taken += [number for number, _ in items]
            self.in_flight += len(items)

    @rule(part=st.floats(0, 1), fail=st.booleans())
    def settle(self, part, fail):
        count = int(self.in_flight * part)
        if fail:
            self.channel.failed("consumer-error", count)
        else:
            self.channel.delivered(count)
        self.in_flight -= count

    @rule(broken=st.booleans())
    def turn_disk(self, broken):
        self.broken = broken

    @invariant()
    def everything_is_counted(self):
        if not hasattr(self, "channel"):
            return
        stats = self.channel.stats()
        events = sum(not isinstance(item, Control) for item in self.put_in)
        assert stats.produced == events
        assert stats.produced == stats.delivered + sum(stats.dropped.values()) + stats.pending
        assert stats.in_flight == self.in_flight
        assert stats.peak_items <= max(2, self.size)

    def teardown(self):
        self.broken = False
        if hasattr(self, "channel"):
            self.drain()
        self.patch.undo()
        assert list(self.folder.iterdir()) == []
        shutil.rmtree(self.folder)

    def drain(self):
        self.put_control()
        while self.taken.count(Control.END) < self.put_in.count(Control.END):
            self.take(self.channel.get_many(7, 10))
        self.channel.delivered(self.in_flight)
        self.in_flight = 0
        self.everything_is_counted_at_the_end()
        assert self.channel.dispose(10)

    def everything_is_counted_at_the_end(self):
        stats = self.channel.stats()
        gone = sum(stats.dropped.values()) - stats.dropped.get("consumer-error", 0)
        assert len(self.taken) == len(self.put_in) - gone
        rest = iter(self.put_in)
        assert all(item in rest for item in self.taken), "in order, each at most once"
        controls = [item for item in self.taken if isinstance(item, Control)]
        assert controls == [item for item in self.put_in if isinstance(item, Control)]


TestSpilling = Spilling.TestCase
TestSpilling.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
