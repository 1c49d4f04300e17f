"""A run whose consumer falls behind: nothing lost, nothing left behind."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from pythiags import App
from pythiags.channel.spillfile import SpillFile
from pythiags.errors import ConfigError, DrainTimeout, PythiagsError

FINITE = (
    "videotestsrc is-live=true num-buffers=200 ! video/x-raw,width=32,height=32,framerate=400/1"
    " ! fakesink"
)
LIVE = "videotestsrc is-live=true ! video/x-raw,width=32,height=32,framerate=200/1 ! fakesink"


def number(pad, info):
    return [info.get_buffer().offset]


def attached(text, consume, folder, **options):
    app = App(text)
    app.attach("fakesink0", number, consume, queue_size=10, spill_dir=folder, **options)
    return app


def wait_for(condition):
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        threading.Event().wait(0.005)


def test_a_natural_end_delivers_what_is_on_disk(tmp_path):
    events, go_on = [], threading.Event()

    def consume(new):
        go_on.wait(10)
        events.extend(new)

    app = attached(FINITE, consume, tmp_path)
    app.start()
    wait_for(lambda: app.stats().attachments[0].channel.produced == 200)
    assert list(tmp_path.iterdir())
    go_on.set()
    channel = app.join(20).attachments[0].channel
    assert events == list(range(200))
    assert channel.spilled > 180
    assert (channel.delivered, channel.pending, channel.dropped) == (200, 0, {})
    assert list(tmp_path.iterdir()) == []


def test_a_long_drain_tells_how_far_it_is(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("pythiags.app.drain.LOG_INTERVAL", 0.0)
    go_on = threading.Event()
    app = attached(FINITE, lambda events: go_on.wait(10), tmp_path)
    with caplog.at_level(logging.INFO, "pythiags.app.drain"):
        app.start()
        wait_for(lambda: "of them on disk" in caplog.text)
        go_on.set()
        app.join(20)
    assert "draining: 200 events left (1" in caplog.text


def test_a_stop_counts_what_was_on_disk_and_deletes_it(tmp_path):
    hung = threading.Event()
    app = attached(LIVE, lambda events: hung.wait(30), tmp_path)
    app.start()
    wait_for(lambda: app.stats().attachments[0].channel.on_disk > 10)
    with pytest.raises(DrainTimeout, match="of them on disk"):
        app.stop(drain=0.1)
    channel = app.stats().attachments[0].channel
    assert channel.produced == channel.delivered + channel.pending
    assert list(tmp_path.iterdir()) == []
    hung.set()


def test_the_stream_does_not_wait_for_the_disk(tmp_path):
    hung = threading.Event()
    app = attached(LIVE.replace("src ", "src num-buffers=100 "), lambda _: hung.wait(30), tmp_path)
    app.start()
    wait_for(lambda: app.stats().attachments[0].extraction.buffers == 100)
    channel = app.stats().attachments[0].channel
    assert channel.delivered == 0
    assert channel.peak_items <= 10
    hung.set()
    app.join(20)


@pytest.fixture
def slow_disk(monkeypatch):
    append = SpillFile.append

    def crawl(*args):
        threading.Event().wait(0.05)
        append(*args)

    monkeypatch.setattr(SpillFile, "append", crawl)


def slowly(new, events):
    threading.Event().wait(0.01)
    events.extend(new)


def test_a_source_that_is_not_live_waits_for_a_slow_disk(tmp_path, slow_disk, caplog):
    events = []
    text = FINITE.replace("is-live=true ", "")
    app = attached(text, lambda new: slowly(new, events), tmp_path)
    channel = app.run().attachments[0].channel
    assert events == list(range(200))
    assert (channel.delivered, channel.dropped) == (200, {})
    assert channel.blocked > 0
    assert caplog.text == ""


def test_the_control_a_live_source_does_not_and_tells_what_that_costs(
    tmp_path, monkeypatch, caplog
):
    go_on, append = threading.Event(), SpillFile.append

    def hang(*args):
        go_on.wait(20)
        append(*args)

    monkeypatch.setattr(SpillFile, "append", hang)
    app = attached(FINITE, lambda _: go_on.wait(20), tmp_path)
    app.start()
    wait_for(lambda: app.stats().attachments[0].channel.dropped)
    go_on.set()
    channel = app.join(20).attachments[0].channel
    assert {*channel.dropped} == {"spill-slow"}
    assert channel.delivered == 200 - channel.dropped["spill-slow"]
    assert "dropped (spill-slow): the disk is slower than the stream; try" in caplog.text
    assert "--spill-dir" in caplog.text


def test_what_is_lost_is_told_while_the_disk_does_not_answer(tmp_path, monkeypatch, caplog):
    go_on, append = threading.Event(), SpillFile.append

    def hang(*args):
        go_on.wait(10)
        append(*args)

    monkeypatch.setattr(SpillFile, "append", hang)
    app = attached(LIVE, lambda _: go_on.wait(10), tmp_path)
    app.start()
    wait_for(lambda: "spill-slow" in caplog.text)
    assert not go_on.is_set()
    go_on.set()
    app.stop(drain=False)


def test_a_folder_that_cannot_be_written_is_told_before_it_plays(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    opened = []

    class Consumer:
        def open(self):
            opened.append(1)

        def incoming(self, events): ...

        def close(self): ...

    app = attached(FINITE, Consumer, file / "spill")
    with pytest.raises(ConfigError, match="cannot write to the folder") as caught:
        app.run()
    assert caught.value.where == "fakesink0"
    assert "drop-oldest" in caught.value.hint
    assert app.stats().attachments[0].extraction.buffers == 0
    assert opened == []


def test_the_control_for_it_other_policies_need_no_folder(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    app = attached(FINITE, lambda events: None, file / "spill", on_full="block")
    assert app.run().attachments[0].channel.delivered == 200


def test_a_disk_thread_that_fails_ends_the_run_loudly(tmp_path, monkeypatch):
    def fail(spill):
        raise RuntimeError("a bug")

    monkeypatch.setattr("pythiags.channel.spill.Spill._write", fail)
    hung = threading.Event()
    app = attached(LIVE, lambda events: hung.wait(0.1), tmp_path)
    with pytest.raises(PythiagsError, match="a bug") as caught:
        app.run()
    assert caught.value.where == "fakesink0"
    channel = app.stats().attachments[0].channel
    assert channel.produced == channel.delivered + channel.pending + sum(channel.dropped.values())


AT_ITS_END = "app.state.value != 'draining'"
PROGRAM = """
    import sys, threading
    from pythiags import App
    from pythiags.errors import PythiagsError

    def consume(events):
        threading.Event().wait(30)

    app = App({text!r}, drain_timeout=0.2)
    app.attach("fakesink0", lambda pad, info: [1], consume, queue_size=10, spill_dir=sys.argv[1])
    with app.signals_handled():
        app.start()
        while app.stats().attachments[0].channel.on_disk < 10 or {wait}:
            threading.Event().wait(0.01)
        print("go", flush=True)
        try:
            app.join()
        except PythiagsError as error:
            print(error)
"""


def program(folder, text=LIVE):
    code = textwrap.dedent(PROGRAM).format(text=text, wait=AT_ITS_END if text == FINITE else False)
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "go\n"
    return child


@pytest.mark.parametrize("number_", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_a_signal_but_after_a_kill(tmp_path, number_):
    with program(tmp_path) as child:
        files = list(tmp_path.iterdir())
        os.kill(child.pid, number_)
        out, _ = child.communicate(timeout=20)
    assert files
    if number_ == signal.SIGKILL:
        assert list(tmp_path.iterdir()) == files
    else:
        assert "of them on disk" in out
        assert list(tmp_path.iterdir()) == []


def test_one_signal_ends_the_delivery_of_a_natural_end_at_once(tmp_path):
    with program(tmp_path, FINITE) as child:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=25)  # the consumer's first event takes 30 seconds
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_of_the_same_pipeline_and_consumer_is_offered_what_a_kill_left(
    tmp_path, caplog
):
    with program(tmp_path) as child:
        child.kill()
    text = "videotestsrc num-buffers=1 ! fakesink"
    attached(text, lambda events: None, tmp_path).run()
    assert caplog.text == "", "another consumer"
    consume.__module__ = "__main__"  # as the program's
    attached(text, consume, tmp_path).run()
    assert "a killed run left" in caplog.text, "whatever has become of the pipeline's text"


def test_who_wants_what_a_kill_left_is_told_that_there_is_nothing(tmp_path, caplog):
    app = attached("videotestsrc num-buffers=1 ! fakesink", consume, tmp_path, leftovers="deliver")
    app.run()
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "no killed run left events" in record.getMessage()


def consume(events):
    pass
