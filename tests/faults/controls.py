"""What makes each test of a fault fail: the mending that it is about, switched off.

``make test-controls`` runs each control in a process of its own and shows what was caught. A test
that passes though its mending is off proves nothing. In pytest it is a plugin:
``-p faults.controls --control=NAME``; programs that tests start are switched off as well.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE = 5.0  # seconds, in the place of those that tests give: nothing comes of waiting here
LONGEST = 40  # seconds of one test
AT_ONCE = 2

kept = []  # what is to stay


class Control(NamedTuple):
    """What is switched off, what does it, the tests that have to fail, and how."""

    what: str
    off: object
    tests: tuple
    shows: str


CONTROLS = {}


def control(what, *tests, shows):
    """Register a function that switches something off; its name is the control's."""

    def register(off):
        CONTROLS[off.__name__] = Control(what, off, tests, shows)
        return off

    return register


@control(
    "live sources are not watched",
    "test_cameras.py::test_without_a_policy_the_run_ends_with_an_error[tcp]",
    "test_cameras.py::test_a_camera_that_says_goodbye_is_lost_as_well",
    "test_cameras.py::test_a_server_that_is_killed_and_comes_back[tcp]",
    "test_cameras.py::test_one_of_several_does_not_disturb_the_others[tcp]",
    "test_cameras.py::test_a_camera_may_come_back_with_another_codec",
    "test_cameras.py::test_a_camera_that_is_not_there_at_the_start[tcp]",
    "test_cameras.py::test_a_camera_that_stays_away_is_given_up[tcp]",
    "test_cameras.py::test_a_camera_that_never_was_there_is_given_up",
    "test_cameras.py::test_a_server_that_sends_garbage[tcp]",
    "test_cameras.py::test_a_stop_while_a_camera_is_away[False]",
    "test_cameras.py::test_the_command_says_what_was_lost",
    shows="DID NOT RAISE|not within|TimeoutError|Regex pattern did not match|StreamError|== 4",
)
def unwatched():
    from pythiags.retry import SourceState

    SourceState.look = lambda _self, _now, _sight, *, over=False: []


@control(
    "nobody looks at the clock: silence is no loss",
    "test_cameras.py::test_a_camera_that_freezes_and_thaws[tcp]",
    "test_cameras.py::test_a_server_that_does_not_answer[silent-tcp]",
    "test_cameras.py::test_a_camera_that_hangs_does_not_keep_the_rest_from_stopping",
    "test_cameras.py::test_a_stop_while_a_camera_is_away[True]",
    shows=r"cam\d is (lost|silent): not within",
)
def no_clock():
    from pythiags.retry import SourceState

    SourceState._look_at_silence = lambda _self, _now: []


@control(
    "an end of stream is always a loss",
    "test_cameras.py::test_an_end_may_be_allowed",
    shows="TimeoutError|Timeout",
)
def no_end():
    from pythiags.retry import SourceState

    SourceState._take_end = lambda self: self._lose(*self._explanation)


@control(
    "time in which the pipeline is paused counts",
    "test_cameras.py::test_a_pause_is_no_loss",
    shows="assert not",
)
def pause_counts():
    from pythiags.gst.livesource import LiveSource

    look = LiveSource.look
    LiveSource.look = lambda self, now, *, playing, over=False: look(
        self, now, playing=True, over=over
    )


@control(
    "every source is taken for a live one",
    "test_cameras.py::test_what_is_not_live_is_not_retried",
    shows="Timeout|assert",
)
def all_live():
    from pythiags.gst import sources

    sources.is_live_source = lambda element: not element.sinkpads


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
    "each attempt to start a source leaves a pipe open",
    "test_cameras.py::test_attempts_leave_nothing_behind",
    shows="assert max|left behind: descriptors",
)
def open_pipes():
    from pythiags.retry import SourceState

    came_up = SourceState.came_up

    def leak(self, now, *, accepted):
        kept.append(os.pipe())
        return came_up(self, now, accepted=accepted)

    SourceState.came_up = leak


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
        threading.Event().wait(3 * PATIENCE)
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


EXEMPT = {
    "test_survival.py::test_the_table_has_a_row_for_each_misdeed_and_a_column_for_each_kind": (
        "is about a page"
    ),
}


# ---- the plugin ----


def pytest_addoption(parser):
    parser.addoption("--control", choices=sorted(CONTROLS), required=False)


def pytest_configure(config):
    name = config.getoption("--control")
    if name is None:
        return
    os.environ["FAULTS_CONTROL"] = name
    path = [HERE / "control_site", HERE.parent, os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, map(str, path)))
    from faults import harness

    harness.until.__defaults__ = (PATIENCE,)
    CONTROLS[name].off()


# ---- the command ----


class Outcome(NamedTuple):
    """What became of a test whose mending was off; `caught` if it failed as it should."""

    name: str
    test: str
    caught: bool
    why: str


def run(name, test):
    """Run one test with a control on, in a process group of its own."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    words += ["-p", "faults.controls", f"--control={name}", f"--timeout={LONGEST}"]
    child = subprocess.Popen(
        [*words, str(HERE / test)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        out, _ = child.communicate(timeout=4 * LONGEST)
    except subprocess.TimeoutExpired:
        out = "Timeout: it did not end"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what the test has left
        child.wait()
    shown = re.search(CONTROLS[name].shows, out)
    ran = child.returncode == 1 or "Timeout" in out
    return Outcome(name, test, bool(ran and shown), out)


def main(names):
    """Run all controls, or those named; the exit code is 1 if a test was not caught."""
    chosen = [(name, test) for name in names or CONTROLS for test in CONTROLS[name].tests]
    begun, missed = time.monotonic(), []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for outcome in pool.map(lambda pair: run(*pair), chosen):
            mark = "caught" if outcome.caught else "NOT CAUGHT"
            print(f"{mark:10} {CONTROLS[outcome.name].what}: {outcome.test}", flush=True)
            if not outcome.caught:
                missed.append(outcome)
    for outcome in missed:
        print(f"\n---- {outcome.name}: {outcome.test}\n{outcome.why[-3000:]}")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught, {time.monotonic() - begun:.0f} s")
    return int(bool(missed))


if __name__ == "__main__":
    from faults import controls  # the one that the plugin has, not __main__

    sys.exit(controls.main(sys.argv[1:]))
