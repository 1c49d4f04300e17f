"""Probes that follow each other on a pad share one GIL section, and nothing else."""

import gc
import threading

import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach


@pytest.fixture
def calls():
    return []


@pytest.fixture
def attached(source_pad, calls):
    """Attach a callback that notes its name: ``attached(name, then)``."""
    pad, _ = source_pad
    probes = {}

    def add(name, then=lambda info: None, **options):
        def callback(_pad, info):
            calls.append(name)
            then(info)

        probes[name] = attach(pad, callback, **options)
        return probes[name]

    yield add
    for probe in probes.values():
        probe.remove()


def own(pad, calls, name):
    """Add a probe of GStreamer's own, and return its number."""

    def callback(_pad, _info):
        calls.append(name)
        return Gst.PadProbeReturn.OK

    return pad.add_probe(Gst.PadProbeType.BUFFER, callback)


def test_only_the_first_one_waits_for_the_gil(source_pad, attached, run):
    probes = [attached(name) for name in "abc"]
    run(source_pad[1])
    waited = [probe.stats().waited for probe in probes]
    assert waited[0] > 0
    assert waited[1:] == [0, 0]
    assert [probe.stats().buffers for probe in probes] == [20, 20, 20]


def test_what_others_have_added_in_between_keeps_its_turn(source_pad, attached, calls, run):
    pad, pipeline = source_pad
    attached("a")
    own(pad, calls, "x")
    probes = [attached("b"), attached("c")]
    own(pad, calls, "y")
    attached("d")
    run(pipeline)
    assert calls == [*"axbcyd"] * 20
    assert [probe.stats().waited > 0 for probe in probes] == [True, False]


def test_a_probe_that_was_removed_before_leaves_no_gap(source_pad, attached, calls, run):
    pad, pipeline = source_pad
    attached("a")
    pad.remove_probe(own(pad, calls, "x"))
    attached("b").remove()
    attached("c")
    run(pipeline)
    assert calls == ["a", "c"] * 20


@pytest.mark.parametrize("mine", ["a", "b", "c"])
def test_one_that_removes_itself_takes_no_other_along(source_pad, attached, calls, run, mine):
    probes = {}

    def leave(name):
        return lambda info: probes[name].remove() if name == mine else None

    for name in "abc":
        probes[name] = attached(name, leave(name))
    run(source_pad[1])
    assert {name: calls.count(name) for name in "abc"} == dict.fromkeys("abc", 20) | {mine: 1}
    assert calls[:3] == ["a", "b", "c"]


@pytest.mark.parametrize("case", [("a", "c", 0), ("c", "a", 1), ("b", "c", 0)])
def test_one_that_removes_another(source_pad, attached, calls, run, case):
    by, whom, left = case
    probes = {}
    for name in "abc":
        then = (lambda info: probes[whom].remove()) if name == by else (lambda info: None)
        probes[name] = attached(name, then)
    run(source_pad[1])
    assert {name: calls.count(name) for name in "abc"} == dict.fromkeys("abc", 20) | {whom: left}


@pytest.mark.parametrize("leaving", ["", "a", "b", "ab"])
def test_one_that_a_callback_adds_sees_the_same_buffer(source_pad, attached, calls, run, leaving):
    def add(info):
        if info.buffer_number == 3:
            for name in leaving:
                probes[name].remove()
            attached("c")

    probes = {"a": attached("a", add), "b": attached("b")}
    run(source_pad[1])
    assert calls.count("c") == 17


def test_the_number_of_the_probe_is_its_own(source_pad, attached, calls, run):
    pad, pipeline = source_pad
    numbers = []
    probes = [attached("a"), attached("b", lambda info: numbers.append(info.id)), attached("c")]
    attached("d", lambda info: pad.remove_probe(numbers[0]) if len(calls) == 4 else None)
    run(pipeline)
    assert calls == [*"abcd", *["a", "c", "d"] * 19]
    assert [probe.attached for probe in probes] == [True, False, True]


def test_the_last_one_removed_by_its_number(source_pad, attached, calls, run):
    pad, pipeline = source_pad
    only = attached("a", lambda info: pad.remove_probe(info.id))
    run(pipeline)
    assert calls == ["a"]
    assert not only.attached


def test_errors_are_counted_apart(source_pad, attached, run):
    def fail(info):
        raise KeyError(info.buffer_number)

    probes = [attached("a", fail), attached("b"), attached("c", fail, on_error="stop")]
    message = run(source_pad[1])
    assert message.type == Gst.MessageType.ERROR
    assert "on /GstPipeline" in message.parse_error()[0].message
    errors = [probe.stats().errors for probe in probes]
    assert errors[0].keys() == errors[2].keys() == {"KeyError"}
    assert errors[1] == {}
    assert probes[1].stats().consecutive_errors == 0


def test_a_removal_by_another_thread_skips_what_has_not_begun(source_pad, attached, calls, run):
    _, pipeline = source_pad
    entered, leave = threading.Event(), threading.Event()

    def hold(info):
        entered.set()
        assert leave.wait(10)

    attached("a", hold)
    late = attached("b")
    pipeline.set_state(Gst.State.PLAYING)
    assert entered.wait(10)
    late.remove()
    leave.set()
    assert run(pipeline).type == Gst.MessageType.EOS
    assert calls == ["a"] * 20


def test_a_writable_one_gets_what_it_needs_though_another_keeps_the_buffer(
    source_pad, attached, run
):
    kept, refused, made = [], [], []

    def read_only(info):
        kept.append(info.get_buffer())
        try:
            BatchMeta.attach(info)
        except ValueError as error:
            refused.append(error)

    attached("a", read_only)
    attached("b", lambda info: made.append(BatchMeta.attach(info) is not None), writable=True)
    run(source_pad[1])
    assert made == [True] * 20
    assert len(refused) == 20


def test_pads_do_not_share(stream, run):
    pipeline = stream("fakesrc num-buffers=20 ! identity name=one ! identity name=two ! fakesink")
    pads = [pipeline.get_by_name(name).get_static_pad("src") for name in ("one", "two")]
    probes = [attach(pad, lambda pad, info: None) for pad in pads]
    run(pipeline)
    for probe in probes:
        probe.remove()
        assert probe.stats().waited > 0


def sections():
    gc.collect()
    return sum(type(each).__name__ == "_Section" for each in gc.get_objects())


def test_nothing_stays_behind(source_pad):
    before = sections()
    probes = [attach(source_pad[0], print) for _ in range(3)]
    assert sections() == before + 1  # the control
    for probe in probes:
        probe.remove()
    assert sections() == before
