"""The channel: its options, its errors, its counters."""

import pytest

from pythiags.channel import Channel, Control
from pythiags.errors import ChannelClosed, ConfigError, LiveMetadataError


@pytest.mark.parametrize(
    "options", [{"queue_size": 0}, {"queue_bytes": -1}, {"queue_size": 1.5}, {"queue_size": True}]
)
def test_a_bound_has_to_be_one(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        Channel(**options)


def test_an_unknown_policy_gets_a_suggestion():
    with pytest.raises(ConfigError, match="drop-oldest") as caught:
        Channel(on_full="drop_oldst")
    assert caught.value.hint == "did you mean 'drop-oldest'?"


def test_events_come_out_as_they_went_in():
    channel = Channel()
    event = [{"label": "car"}]
    assert channel.put(event)
    channel.put_control(Control.END)
    assert channel.get() is event
    channel.delivered()
    assert channel.get() is Control.END
    stats = channel.stats()
    assert (stats.produced, stats.delivered, stats.pending) == (1, 1, 0)


def test_a_dropped_event_is_told_and_counted():
    channel = Channel(1, on_full="drop-newest")
    assert [channel.put(1), channel.put(2)] == [True, False]
    assert channel.stats().dropped == {"drop-newest": 1}


def test_bytes_bound_the_queue():
    channel = Channel(queue_bytes=3000, on_full="drop-oldest")
    for _ in range(10):
        channel.put(b"x" * 1000)
    stats = channel.stats()
    assert (stats.pending, stats.dropped) == (2, {"drop-oldest": 8})


def test_live_metadata_is_refused_and_counted():
    channel = Channel()
    meta = type("NvDsFrameMeta", (), {"__module__": "pyds"})()
    with pytest.raises(LiveMetadataError, match=r"event\[0\]"):
        channel.put([meta])
    stats = channel.stats()
    assert (stats.produced, stats.dropped, stats.pending) == (1, {"refused": 1}, 0)


def test_nothing_came():
    with pytest.raises(TimeoutError, match="chan"):
        Channel(name="chan").get(timeout=0.01)


def test_a_closed_channel_says_so_at_both_ends():
    channel = Channel(name="chan")
    channel.put(1)
    channel.close()
    with pytest.raises(ChannelClosed, match="chan"):
        channel.put(2)
    assert channel.get() == 1
    channel.delivered()
    with pytest.raises(ChannelClosed):
        channel.get()
    assert channel.stats().pending == 0
    assert channel.stats().dropped == {"closed": 1}


def test_many_events_are_taken_and_settled_at_once():
    channel = Channel()
    for event in range(5):
        channel.put(event)
    assert channel.get_many(3) == [0, 1, 2]
    channel.delivered(2)
    channel.redelivered()
    channel.failed("dead-letter")
    stats = channel.stats()
    assert (stats.delivered, stats.dropped, stats.redelivered) == (2, {"dead-letter": 1}, 1)
    assert (stats.in_flight, stats.pending) == (0, 2)
