"""Several consumers of one extractor: it reads each buffer once, and none hurts the others."""

import threading

import pytest

from pythiags import App, AttachOptions, Consumer, Extractor
from pythiags.errors import ConfigError

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


def attached(extractor, consumers, **options):
    app = App(TEXT)
    app.attach("sink", extractor, consumers, **options)
    return app


@pytest.mark.parametrize("kind", [list, tuple])
def test_consumers_in_a_list_share_one_extraction(kind):
    numbers, first, second = Numbers(), [], []
    summary = attached(numbers, kind([first.extend, second.extend])).run()
    assert numbers.calls == FRAMES
    assert first == second == list(range(FRAMES))
    assert [each.extraction.buffers for each in summary.attachments] == [FRAMES, FRAMES]
    assert [each.channel.delivered for each in summary.attachments] == [FRAMES, FRAMES]


def test_a_class_makes_one_extractor_for_all_of_them():
    made, seen = [], []

    class Counted(Numbers):
        def __init__(self):
            super().__init__()
            made.append(self)

    attached(Counted, [seen.extend, seen.extend]).run()
    assert [each.calls for each in made] == [FRAMES]
    assert len(seen) == 2 * FRAMES


@pytest.mark.parametrize("element", ["sink", "mid"])
def test_the_control_an_extractor_attached_twice_reads_twice(element):
    numbers, seen = Numbers(), []
    app = attached(numbers, seen.extend)
    app.attach(element, numbers, seen.extend)
    app.run()
    assert (numbers.calls, len(seen)) == (2 * FRAMES, 2 * FRAMES)


def test_each_has_a_name_of_its_own():
    consumers = [print, print, (print, AttachOptions(name="gauge"))]
    app = attached(Numbers(), consumers, name="cam")
    assert [each.name for each in app.stats().attachments] == ["cam", "cam-print", "gauge"]


def test_options_of_one_consumer_replace_those_of_all():
    consumers = [print, (print, AttachOptions(workers=2, worker="thread"))]
    app = attached(Numbers(), consumers, workers=3)
    assert [len(each.lanes) for each in app.stats().attachments] == [3, 2]


def test_a_pair_is_one_consumer_without_a_list_too():
    app = attached(Numbers(), (print, AttachOptions(workers=2)))
    assert [len(each.lanes) for each in app.stats().attachments] == [2]


def test_a_consumer_that_is_a_list_is_one_consumer():
    class Collected(list, Consumer):
        incoming = list.append

    collected = Collected()
    attached(Numbers(), collected).run()
    assert len(collected) == FRAMES


@pytest.mark.parametrize(
    ("consumers", "says"),
    [
        ([], "the list of consumers is empty"),
        ([(print, AttachOptions(warn_share=0.1))], "attach(..., warn_share=0.1)"),
        ([print, (print, AttachOptions(max_consecutive_errors=3))], "max_consecutive_errors"),
    ],
)
def test_what_a_list_may_not_be(consumers, says):
    with pytest.raises(ConfigError) as caught:
        attached(Numbers(), consumers)
    assert says in str(caught.value)


def test_a_cost_that_all_share_is_told_once(monkeypatch):
    limits = []
    monkeypatch.setattr(
        "pythiags.app.attachment.CostMeter", lambda name, what, limit: limits.append(limit)
    )
    attached(Numbers(), [print, print], warn_share=0.25)
    assert limits == [0.25, float("inf")]


def test_the_slow_one_drops_and_the_quick_one_loses_nothing():
    quick, slow, release = [], [], threading.Event()

    def hold(events):
        release.wait(20)
        slow.extend(events)

    dropping = AttachOptions(queue_size=3, on_full="drop-oldest")
    app = attached(Numbers(), [(hold, dropping), quick.extend])
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

    blocking = AttachOptions(queue_size=3, on_full="block")
    holds = (lambda events: release.wait(20), blocking)
    app = attached(Numbers(), [holds, consume], on_full="drop-oldest")
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
    shared = AttachOptions(workers=2, key=lambda event: event["source_id"] + 0)
    consumers = [(lambda event: None, shared), seen.append]
    summary = attached(extract, [consumers[index] for index in order]).run()
    assert seen == events
    assert summary.attachments[order.index(0)].channel.delivered == 2
    assert summary.attachments[0].extraction.errors == {"EventRefused": 1}
    assert summary.attachments[order.index(0)].channel.dropped == {"refused": 1}


def test_one_whose_channel_is_closed_leaves_the_other_its_events():
    seen = []
    app = attached(Numbers(), [lambda events: None, seen.extend])
    for lane in app._attachments[0].lanes:
        lane.channel.close()
    app.run()
    assert seen == list(range(FRAMES))
