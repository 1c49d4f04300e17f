"""Two consumers on one extractor: it reads each buffer once, and neither hurts the other."""

import threading

import pytest

from pythiags import App, Extractor

FRAMES = 60
TEXT = (
    f"videotestsrc num-buffers={FRAMES} ! video/x-raw,width=32,height=32 "
    "! identity name=mid ! fakesink name=sink"
)


class Numbers(Extractor):
    """The number of each buffer, and how many it has read."""

    def __init__(self):
        self.calls = 0

    def extract_metadata(self, pad, info):
        self.calls += 1
        return [info.get_buffer().offset]


def attached(extractor, *consumers, elements=("sink", "sink")):
    app = App(TEXT)
    for element, consumer in zip(elements, consumers, strict=True):
        app.attach(element, extractor, consumer)
    return app


def test_an_extractor_that_is_shared_reads_each_buffer_once():
    numbers, first, second = Numbers(), [], []
    summary = attached(numbers, first.extend, second.extend).run()
    assert numbers.calls == FRAMES
    assert first == second == list(range(FRAMES))
    assert [each.buffers for each in summary.attachments] == [FRAMES, FRAMES]
    assert [each.channel.delivered for each in summary.attachments] == [FRAMES, FRAMES]


def test_so_is_a_function():
    calls, seen = [], []

    def extract(pad, info):
        calls.append(info)
        return [1]

    attached(extract, seen.extend, seen.extend).run()
    assert (len(calls), len(seen)) == (FRAMES, 2 * FRAMES)


def test_so_is_a_method_which_is_another_object_each_time():
    numbers, seen = Numbers(), []
    app = App(TEXT)
    app.attach("sink", numbers.extract_metadata, seen.extend)
    app.attach("sink", numbers.extract_metadata, seen.extend)
    app.run()
    assert (numbers.calls, len(seen)) == (FRAMES, 2 * FRAMES)


def test_the_control_one_extractor_at_two_elements_reads_twice():
    numbers, seen = Numbers(), []
    attached(numbers, seen.extend, seen.extend, elements=("mid", "sink")).run()
    assert (numbers.calls, len(seen)) == (2 * FRAMES, 2 * FRAMES)


def test_a_class_makes_an_extractor_for_each():
    made = []

    class Counted(Numbers):
        def __init__(self):
            super().__init__()
            made.append(self)

    attached(Counted, lambda events: None, lambda events: None).run()
    assert [each.calls for each in made] == [FRAMES, FRAMES]


def test_the_slow_one_drops_and_the_quick_one_loses_nothing():
    quick, slow, release = [], [], threading.Event()

    def hold(events):
        release.wait(20)
        slow.extend(events)

    numbers, app = Numbers(), App(TEXT)
    app.attach("sink", numbers, hold, queue_size=3, on_full="drop-oldest")
    app.attach("sink", numbers, quick.extend)
    app.start()
    while app.stats().frames < FRAMES or app.stats().attachments[1].channel.pending:
        release.wait(0.005)
    assert quick == list(range(FRAMES)), "all of it, while the other has had nothing"
    assert slow == []
    release.set()
    first, second = app.join(20).attachments
    assert first.channel.dropped == {"drop-oldest": FRAMES - len(slow)}
    assert second.channel.dropped == {}


def test_one_that_blocks_is_served_last():
    quick, release, reached = [], threading.Event(), threading.Event()

    def consume(events):
        quick.extend(events)
        if len(quick) == 5:  # 3 in the other's queue, 1 in its hands, 1 that waits for room
            reached.set()

    numbers, app = Numbers(), App(TEXT)
    app.attach("sink", numbers, lambda events: release.wait(20), queue_size=3, on_full="block")
    app.attach("sink", numbers, consume, on_full="drop-oldest")
    app.start()
    assert reached.wait(10), "the quick one has the event that the other one has no room for"
    assert not app.stats().attachments[0].channel.dropped
    release.set()
    summary = app.join(20)
    assert [each.channel.delivered for each in summary.attachments] == [FRAMES, FRAMES]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_one_refuses_the_other_gets(order):
    events = [{"source_id": 0}, {"source_id": None, "odd": object()}, {"source_id": 1}]

    def extract(pad, info):
        number = info.get_buffer().offset
        return events[number] if number < 3 else None

    seen = []
    options = [{"workers": 2, "key": lambda event: event["source_id"] + 0}, {}]
    app = App(TEXT)
    for index in order:
        consumer = seen.append if index else lambda event: None
        app.attach("sink", extract, consumer, **options[index])
    summary = app.run()
    assert seen == events
    assert summary.attachments[order.index(0)].channel.delivered == 2
    assert summary.attachments[0].extractor_errors == {"EventRefused": 1}
    assert summary.attachments[order.index(0)].channel.dropped == {"refused": 1}


def test_one_whose_channel_is_closed_leaves_the_other_its_events():
    seen = []
    numbers, app = Numbers(), App(TEXT)
    app.attach("sink", numbers, lambda events: None)
    app.attach("sink", numbers, seen.extend)
    for lane in app._attachments[0].lanes:
        lane.channel.close()
    app.run()
    assert seen == list(range(FRAMES))
