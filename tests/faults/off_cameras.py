"""What tests of cameras are about, switched off: each function is a control."""

from __future__ import annotations

import os

from faults.switches import control

kept = []  # what is to stay


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

    SourceState.look = lambda *_sight, **_how: []


@control(
    "nobody looks at the clock: silence is no loss",
    "test_cameras.py::test_a_camera_that_freezes_and_thaws[tcp]",
    "test_cameras.py::test_a_server_that_does_not_answer[silent-tcp]",
    "test_cameras.py::test_a_camera_that_hangs_does_not_keep_the_rest_from_stopping",
    "test_cameras.py::test_a_stop_while_a_camera_is_away[True]",
    "test_network.py::test_a_cable_that_is_pulled_and_plugged_in_again[relay-tcp]",
    shows=r"cam\d is (lost|silent): not within|Timeout",
)
def no_clock():
    from pythiags.retry import SourceState

    SourceState._look_at_silence = lambda _self, _now: []


@control(
    "what is a little late is lost",
    "test_network.py::test_packets_that_are_late_and_some_that_are_lost_are_no_loss[relay-tcp]",
    shows="assert|not within|Timeout",
)
def impatient():
    from pythiags.retry import SourceState

    SourceState._patience = lambda self, policy: 0.02 if self._has_sent else policy.start_timeout


@control(
    "a change of state that an error has ended is left at that",
    "test_first_frames.py::test_a_source_that_is_lost_as_the_pipeline_begins_to_play_comes_back",
    shows="the source is back: not within",
)
def does_not_go_on():
    from pythiags.gst.livesource import LiveSource

    LiveSource._go_on = lambda _self: None


@control(
    "sinks keep the first frame of a source that is taken down",
    *(
        "test_first_frames.py::test_a_source_is_taken_down_while_the_sinks_wait_for_another"
        f"[{case}]"
        for case in ("error-sink", "silence-queue", "error-tee", "silence-mixer")
    ),
    shows="the source is back: not within",
)
def no_flush():
    from pythiags.gst.livesource import LiveSource

    LiveSource._flush = lambda _self: []


@control(
    "nvurisrcbin does not reconnect",
    "test_uri_cameras.py::test_a_server_that_is_killed_and_comes_back[tcp]",
    "test_uri_cameras.py::test_a_camera_that_freezes_and_thaws[tcp]",
    "test_uri_cameras.py::test_a_camera_that_ends_its_stream_is_lost_as_well[tcp]",
    "test_uri_cameras.py::test_a_camera_that_is_not_there_at_the_start",
    "test_uri_cameras.py::test_one_of_several_does_not_disturb_the_others",
    "test_uri_cameras.py::test_attempts_are_limited",
    "test_uri_cameras.py::test_attempts_leave_nothing_behind",
    shows="not within|assert|Error",
)
def no_reconnection():
    _rewritten("rtsp-reconnect-interval=1", "rtsp-reconnect-interval=0")


@control(
    "what nvurisrcbin says of itself is not heard",
    "test_uri_cameras.py::test_an_app_is_told_of_what_connects_again_by_itself",
    "test_uri_cameras.py::test_an_app_ends_with_an_error_when_it_is_given_up",
    shows="not within|DID NOT RAISE|SourceLost",
)
def unheard():
    from pythiags.gst.sources import Sources

    Sources._note_own = lambda _self, _source, _message: None


@control(
    "an end of stream does not pass",
    "test_uri_cameras.py::test_an_end_that_is_sent_passes_while_the_camera_is_away",
    "test_uri_cameras.py::test_an_end_that_is_sent_passes_while_a_frozen_camera_is_taken_down",
    shows="the end of the stream: not within",
)
def no_events():
    from pythiags.gst import Gst

    Gst.Element.send_event = lambda _element, _event: True


@control(
    "nvurisrcbin reconnects, though it is told not to",
    "test_uri_cameras.py::test_without_an_interval_a_loss_is_an_error_or_the_end",
    shows="an end: not within",
)
def always_reconnects():
    _rewritten("rtsp-reconnect-interval=0", "")


def _rewritten(before, after):
    """Have pipelines built from another text."""
    from pythiags.gst import Gst

    parse = Gst.parse_launch
    Gst.parse_launch = lambda text: parse(text.replace(before, after))


@control(
    "a camera that freezes, in the place of a pause",
    "test_uri_cameras.py::test_a_pause_is_no_loss",
    shows="assert",
)
def frozen_pause():
    from pythiags.gst import Gst
    from pythiags.testing import Camera

    set_state, cameras, init = Gst.Element.set_state, [], Camera.__init__

    def note(self, *arguments, **options):
        init(self, *arguments, **options)
        cameras.append(self)

    def freeze(self, state):
        if state != Gst.State.PAUSED:
            return set_state(self, state)
        return cameras[-1].freeze()

    Camera.__init__ = note
    Gst.Element.set_state = freeze


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
    "a camera that is lost has only the time of the pause to come back",
    "test_cameras.py::test_a_camera_that_is_lost_in_a_pause_is_not_given_up_in_it",
    shows="'stopped' == 'retrying'",
)
def pause_gives_up():
    from pythiags.retry import SourceState

    look = SourceState.look
    SourceState.look = lambda self, now, sight, *, over=False, paused: look(
        self, now, sight, over=over
    )


@control(
    "a camera that is lost is not started again",
    "test_cameras.py::test_a_camera_that_is_lost_in_a_pause_comes_back_after_it",
    shows="cam0 is back: not within",
)
def never_up_again():
    from pythiags.gst.livesource import LiveSource

    LiveSource._bring_up = lambda _self: None


@control(
    "every source is taken for a live one",
    "test_cameras.py::test_what_is_not_live_is_not_retried",
    shows="Timeout|assert",
)
def all_live():
    from pythiags.gst import sources

    sources.is_live_source = lambda element: not element.sinkpads


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
