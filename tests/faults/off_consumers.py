"""What tests of consumers and extractors are about, switched off: each function is a control."""

from __future__ import annotations

import contextlib
import threading

from faults.switches import control

NEVER = 15.0  # seconds: more than a test waits


@control(
    "a signal is not heard",
    "test_cameras.py::test_a_signal_ends_a_program_whose_camera_is_frozen",
    "test_ends.py::test_one_signal_delivers_what_is_pending[thread-block-2]",
    "test_ends.py::test_one_signal_and_a_hung_consumer_is_a_drain_timeout[thread-block]",
    "test_ends.py::test_a_natural_end_that_drains_obeys_one_signal[thread-block]",
    shows="Timeout|assert",
)
def deaf():
    from pythiags.app.live import LiveApp

    LiveApp._on_signal = lambda _self, _number: None


@control(
    "a second signal is taken for the first one",
    "test_ends.py::test_a_second_signal_ends_it_now[thread-block]",
    shows="assert|Timeout",
)
def one_signal():
    from pythiags.app.live import LiveApp

    def on_signal(self, number):
        if self._signal is None:
            self._signal = number
            self._run.stop(self._drain_timeout)

    LiveApp._on_signal = on_signal


@control(
    "an event that kills its workers is delivered again and again",
    "test_deaths.py::test_an_event_that_three_workers_die_of_is_a_dead_letter[Exits]",
    shows="assert",
)
def no_dead_letters():
    from pythiags.workers import feeder

    feeder.DELIVERIES = 1000


@control(
    "deaths are not counted",
    "test_deaths.py::test_more_than_five_deaths_in_a_minute_end_the_run",
    shows="TimeoutError|DID NOT RAISE",
)
def any_deaths():
    from pythiags.workers import crew

    crew.MAX_DEATHS = 1000


@control(
    "on_worker_death is ignored",
    "test_deaths.py::test_on_worker_death_continue_goes_on",
    shows="WorkerDied|not within",
)
def always_stop():
    from pythiags.workers.crew import Crew

    Crew._stop_on_death = property(lambda _self: True, lambda _self, _value: None)


@control(
    "what a worker had when it died is not delivered again",
    "test_deaths.py::test_workers_killed_at_any_moment_lose_nothing",
    "test_deaths.py::test_pictures_are_whole_whoever_dies",
    "test_deaths.py::test_a_worker_that_dies_behind_a_pipe_that_nobody_reads_is_replaced",
    "test_deaths.py::test_each_source_stays_in_order_though_workers_die",
    "test_deaths.py::test_a_worker_that_dies_after_a_natural_end_loses_nothing",
    "test_survival.py::test_survival[is killed (SIGKILL)-process-replaced]",
    shows="assert",
)
def no_redelivery():
    from pythiags.workers.feeder import Feeder

    def forget(self, death, unsettled):
        self._settled(unsettled)
        self._limit = 1
        self._crew.replace(death)

    Feeder._handle_death = forget


@control(
    "who is late at the end is not named",
    "test_deaths.py::test_a_worker_that_is_frozen_is_given_up_at_the_end",
    "test_ends.py::test_a_hung_consumer_is_named_when_the_time_is_over[thread-block]",
    "test_survival.py::test_survival[never returns-thread-given up]",
    shows="DID NOT RAISE",
)
def unnamed():
    from pythiags.app.delivery import Delivery

    finish = Delivery.finish
    Delivery.finish = lambda self: finish(self) and None


@control(
    "workers do not notice the end of their program",
    "test_deaths.py::test_workers_end_with_a_program_that_is_killed",
    shows="the worker is gone: not within",
)
def orphans():
    from pythiags.workers import child

    def read(self, size):
        with contextlib.suppress(EOFError, ConnectionError):
            return whole(self, size)
        threading.Event().wait(NEVER)
        raise EOFError

    whole = child._Child._read
    child._Child._read = read
    child._live_with = lambda _parent: None


@control(
    "what is pending is dropped at the end",
    "test_ends.py::test_a_natural_end_delivers_everything_in_order_and_then_one_end[thread-spill]",
    "test_ends.py::test_a_stop_delivers_what_was_produced[thread-block]",
    shows="assert",
)
def no_drain():
    from pythiags.app.run import Run

    end = Run._end

    def at_once(self):
        self._limit.lower(0.0)
        end(self)

    Run._end = at_once


@control(
    "a stop waits for the consumer, though it is told not to",
    "test_ends.py::test_a_stop_now_leaves_the_rest_pending[thread-block]",
    shows="DrainTimeout",
)
def patient():
    from pythiags.app.live import LiveApp

    stop = LiveApp.stop
    LiveApp.stop = lambda self, drain=True: stop(self, drain or 1.0)


@control(
    "channels have no bounds",
    "test_slow.py::test_a_consumer_that_is_held_up[thread-drop-oldest]",
    "test_slow.py::test_the_bound_in_bytes[drop-oldest]",
    shows="assert",
)
def unbounded():
    from pythiags.app import attachment

    attachment.Channel = _with(attachment.Channel, queue_size=10**6, queue_bytes=1 << 32)


@control(
    "a full channel makes the stream wait, whatever the policy",
    "test_slow.py::test_who_does_not_block_does_not_hold_the_source_back[thread]",
    "test_slow.py::test_of_two_consumers_of_one_extractor_the_one_that_is_held_up_slows_nobody"
    "[drop-oldest-thread]",
    "test_survival.py::test_survival[sleeps-thread-goes on]",
    shows="not within",
)
def all_block():
    from pythiags.app import attachment

    attachment.Channel = _with(attachment.Channel, on_full="block", queue_size=2)


def _with(kind, **wanted):
    """A class whose arguments are replaced, however they are passed."""
    import inspect

    signature = inspect.signature(kind)

    def make(*arguments, **more):
        given = signature.bind(*arguments, **more)
        given.arguments.update(wanted)
        return kind(*given.args, **given.kwargs)

    return make


@control(
    "extractors are called by GStreamer itself, without a guard",
    "test_user_code.py::test_an_extractor_that_raises_every_seventh_time",
    "test_user_code.py::test_nothing_is_not_sent[None]",
    "test_user_code.py::test_live_metadata_in_an_event_is_refused_by_name",
    "test_user_code.py::test_metadata_that_is_kept_is_an_error_to_read_and_no_crash",
    shows="assert|Error",
)
def unguarded():
    from pythiags.app import extraction
    from pythiags.gst import Gst

    class Bare:
        def __init__(self, pad, callback):
            self.pad = pad
            self.id = pad.add_probe(Gst.PadProbeType.BUFFER, callback)

        def remove(self):
            self.pad.remove_probe(self.id)

        def stats(self):
            from pythiags.gst.probe import ProbeStats

            return ProbeStats(0, {}, 0, 0, 0.0, 0.0, 0.0)

    extraction.attach = lambda pad, callback, **_options: Bare(pad, callback)


@control(
    "generators are sent as they are",
    "test_user_code.py::test_a_generator_is_run_at_once",
    "test_user_code.py::test_a_generator_that_raises_midway",
    shows="assert|Error",
)
def lazily():
    from pythiags.app import extraction

    extraction.run_through = lambda events: events


@control(
    "exceptions of a consumer end its thread",
    "test_user_code.py::test_a_consumer_that_always_raises[ValueError]",
    "test_user_code.py::test_a_consumer_that_raises_once_misses_one_event",
    "test_survival.py::test_survival[raises once-thread-counted]",
    shows="assert|Error|Timeout",
)
def fragile():
    from pythiags.workers.thread import ThreadWorker

    deliver = ThreadWorker._deliver

    def once(self, item):
        before = dict(self._log.counts)
        return deliver(self, item) and dict(self._log.counts) == before

    ThreadWorker._deliver = once


@control(
    "on_error='stop' is ignored",
    "test_user_code.py::test_on_error_stop_ends_with_the_consumers_exception",
    "test_user_code.py::test_on_error_stop_ends_after_an_extractor_failed_again_and_again",
    "test_user_code.py::test_on_error_stop_ends_with_the_traceback_of_the_process",
    shows="Timeout|DID NOT RAISE",
)
def never_stop():
    from pythiags.app import app

    attached = app.attached
    app.attached = lambda *arguments, **options: attached(
        *arguments, **{**options, "on_error": "continue"}
    )
