"""When a live source is lost, started again and given up, by a clock of the tests' own."""

import math

import pytest

from pythiags import ConfigError, RetryPolicy
from pythiags.retry import GRACE, SILENCE, Sight, SourceState, Step

POLICY = RetryPolicy(
    stall_timeout=5, start_timeout=20, retry_timeout=60, backoff=1, max_backoff=4, jitter=0
)
ENDED = Sight(last=1.0, ended=True)


class Camera:
    """A source, its clock, and what was ordered."""

    def __init__(self, policy=POLICY, *, sends=True):
        self.now = 0.0
        self.state = SourceState(policy, 0.0, share=lambda: 0.0)
        if sends:
            assert self.see(1.0, last=1.0) == []

    def see(self, now, *, paused=False, **sight):
        """What follows from a look at a moment."""
        self.now = now
        return self.state.look(now, Sight(**sight), paused=paused)

    def lose(self, now):
        """Let it fail, and be taken down at once."""
        self.state.fail("error", "gone")
        steps = self.see(now)
        self.state.came_down(now)
        return steps

    def restart(self, *, accepted=True):
        """Wait for the next attempt, and make it; give the time that it took."""
        start = self.now
        while Step.START not in self.see(self.now + 0.25):
            assert self.now < start + 100
        self.state.came_up(self.now, accepted=accepted)
        return self.now - start


def test_who_connects_again_by_itself_is_left_alone():
    camera = Camera(None)
    camera.state.lose_for_now("timeout", "no data")
    camera.state.lose_for_now("error", "not there")  # one loss, however many attempts fail
    assert camera.see(100, last=1.0) == []
    assert (camera.state.status, camera.state.losses) == ("retrying", {"timeout": 1})
    camera.state.come_back(100, attempts=3)
    assert camera.see(101, last=101.0) == []
    assert (camera.state.status, camera.state.retries.total()) == ("running", 3)
    camera.state.lose_for_now("eos", "")
    camera.state.lose_for_good("eos", "")
    camera.state.come_back(200, attempts=1)
    assert (camera.state.status, camera.state.losses) == ("stopped", {"timeout": 1, "eos": 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stall_timeout": 0}, "invalid stall_timeout"),
        ({"stall_timeout": -1}, "invalid stall_timeout"),
        ({"start_timeout": 0}, "invalid start_timeout"),
        ({"retry_timeout": -5}, "invalid retry_timeout"),
        ({"retry_timeout": math.nan}, "invalid retry_timeout"),
        ({"backoff": 0}, "invalid backoff"),
        ({"backoff": "1"}, "invalid backoff"),
        ({"max_backoff": True}, "invalid max_backoff"),
        ({"jitter": -0.1}, "invalid jitter"),
        ({"jitter": -1e-12}, "invalid jitter"),
        ({"jitter": 1.5}, "invalid jitter"),
        ({"jitter": math.nan}, "invalid jitter"),
        ({"restart_on_eos": 3}, "invalid restart_on_eos"),
        ({"backoff": 60, "retry_timeout": 100}, "backoff is more than max_backoff"),
        ({"stall_timeout": 700}, "stall_timeout is more than retry_timeout"),
        ({"stall_timeout": 10, "retry_timeout": 10}, "stall_timeout is not less than"),
        ({"backoff": 9, "retry_timeout": 8}, "backoff is more than retry_timeout"),
    ],
)
def test_a_policy_that_can_never_succeed_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        RetryPolicy(**changes)


def test_a_policy_without_an_end_is_allowed():
    assert RetryPolicy(retry_timeout=math.inf).retry_timeout == math.inf


def test_waits_grow_up_to_a_limit_and_jitter_shortens_them():
    policy = RetryPolicy(backoff=1, max_backoff=30, jitter=0.5)
    assert [policy.pause(attempt, 0.0) for attempt in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert policy.pause(5000, 1.0) == 15


@pytest.mark.parametrize("policy", [POLICY, None])
def test_a_source_that_sends_is_left_alone(policy):
    camera = Camera(policy)
    assert camera.state.status == "running"
    assert [camera.see(1 + n, last=1.0 + n) for n in range(100)] == [[]] * 100
    assert not camera.state.losses


def test_without_a_policy_a_failure_is_final():
    camera = Camera(None)
    assert camera.lose(2) == [Step.LOST]
    assert (camera.state.status, camera.state.losses) == ("stopped", {"error": 1})
    assert [camera.see(now, last=float(now)) for now in range(3, 200)] == [[]] * 197


def test_a_failure_is_one_loss_however_many_attempts_fail():
    camera = Camera()
    assert camera.lose(2) == [Step.LOST, Step.STOP]
    assert camera.state.status == "retrying"
    waits = [camera.restart()]
    for _ in range(4):
        assert camera.lose(camera.now) == [Step.STOP]
        waits.append(camera.restart())
    assert waits == [1, 2, 4, 4, 4]
    assert camera.see(camera.now + 1, last=camera.now + 0.5) == [Step.BACK]
    assert camera.state.status == "running"
    assert (camera.state.losses, camera.state.retries) == ({"error": 1}, {"error": 5})
    camera.lose(camera.now + 1)
    assert camera.restart() == 1, "the first wait after it was back is the shortest again"
    assert camera.state.losses == {"error": 2}


def test_an_attempt_may_fail_before_it_is_known_to_be_made():
    camera = Camera()
    camera.lose(2)
    while Step.START not in camera.see(camera.now + 0.25):
        pass
    camera.state.fail("error", "connection refused")
    camera.state.came_up(camera.now, accepted=True)
    assert camera.see(camera.now) == [Step.STOP]
    assert camera.state.detail == "connection refused"


def test_an_element_that_cannot_start_is_tried_again():
    camera = Camera()
    camera.lose(2)
    while Step.START not in camera.see(camera.now + 0.25):
        pass
    assert camera.state.came_up(camera.now, accepted=False) == [Step.STOP]
    assert camera.state.last_reason == "state-change-failure"
    camera.state.came_down(camera.now)
    camera.restart()
    assert camera.see(camera.now + 1, last=camera.now + 0.5) == [Step.BACK]


@pytest.mark.parametrize("explained", [False, True])
def test_an_end_is_a_loss_with_the_reason_that_explains_it(explained):
    camera = Camera()
    assert camera.see(2.0, last=1.0, ended=True) == []
    if explained:  # the warning comes to the bus no later than the end, but may be read later
        camera.state.explain("error", "closed the connection")
    assert camera.see(2.0 + GRACE, last=1.0, ended=True) == [Step.LOST, Step.STOP]
    assert camera.state.losses == {"error" if explained else "eos": 1}
    assert camera.state.detail == ("closed the connection" if explained else "")


def test_the_explanation_of_one_loss_is_not_that_of_the_next():
    camera = Camera()
    camera.state.explain("error", "closed the connection")
    for reason in ("error", "eos"):
        start = camera.now + 1
        camera.see(start, last=start, ended=True)
        camera.see(start + GRACE, ended=True)
        assert camera.state.last_reason == reason
        camera.state.came_down(camera.now)
        camera.restart()
        camera.see(camera.now + 1, last=camera.now + 0.5)


@pytest.mark.parametrize("explained", [False, True])
def test_an_end_may_be_the_end(explained):
    camera = Camera(RetryPolicy(restart_on_eos=False))
    if explained:
        camera.state.explain("error", "closed the connection")
    steps = camera.state.look(2.0, ENDED, over=True)
    assert steps == ([Step.LOST, Step.STOP] if explained else [Step.END])
    assert bool(camera.state.losses) is explained
    assert not camera.state.given_up


def test_at_the_end_of_all_nothing_is_waited_for():
    camera = Camera(None)
    assert camera.state.look(2.0, ENDED, over=True) == [Step.LOST]


def test_a_stall_is_a_loss():
    camera = Camera()
    assert camera.see(5.9, last=1.0) == []
    assert camera.see(6.0, last=1.0) == [Step.LOST, Step.STOP]
    assert camera.state.losses == {"timeout": 1}
    assert camera.state.detail == "no data for 5.0 s"


def test_without_a_policy_a_stall_is_told_once_and_so_is_its_end():
    camera = Camera(None)
    assert camera.see(1 + SILENCE, last=1.0) == [Step.SILENT]
    assert camera.state.status == "buffering"
    assert camera.see(100, last=1.0) == []
    assert camera.see(101, last=100.5) == [Step.BACK]
    assert camera.state.status == "running"
    assert not camera.state.losses


def test_where_frames_are_rare_a_silence_is_longer_than_their_pauses():
    camera = Camera(None)
    assert camera.see(1 + SILENCE, last=1.0) == [Step.SILENT]
    assert camera.see(11, last=11.0) == [Step.BACK]
    assert camera.see(21, last=21.0) == []
    assert camera.see(50.9, last=21.0) == []
    assert camera.see(51, last=21.0) == [Step.SILENT]
    assert camera.see(52, last=52.0) == [Step.BACK]
    assert camera.see(52.1, last=52.1) == []
    assert camera.see(52.1 + SILENCE, last=52.1) == [Step.SILENT]


def test_who_cannot_send_does_not_stall():
    camera = Camera()
    assert [camera.see(now, last=1.0, waits=True) for now in range(2, 100)] == [[]] * 98
    assert camera.see(103.9, last=1.0) == []
    assert camera.see(104, last=1.0) == [Step.LOST, Step.STOP]


def test_a_source_has_longer_to_send_the_first_time():
    camera = Camera(sends=False)
    assert camera.see(5) == [Step.SILENT]
    assert camera.see(19.9) == []
    assert camera.see(20) == [Step.LOST, Step.STOP]
    camera.state.came_down(20)
    camera.restart()
    assert camera.see(camera.now + 19.9) == []
    assert camera.see(camera.now + 0.2) == [Step.STOP]


def test_a_frame_that_came_while_it_was_being_started_counts():
    """A sink that waits for other sources may hold it, so that none follows."""
    camera = Camera()
    camera.lose(2)
    camera.restart()
    assert camera.see(camera.now + 0.1, last=camera.now - 0.1, waits=True) == [Step.BACK]
    assert camera.see(camera.now + 100, last=camera.now - 0.2, waits=True) == []
    assert camera.state.status == "running"


def test_a_source_that_does_not_come_back_is_given_up():
    camera = Camera()
    camera.lose(2)
    steps = []
    while Step.END not in steps:
        steps = camera.see(camera.now + 1)
        if Step.START in steps:
            camera.state.came_up(camera.now, accepted=True)
            camera.lose(camera.now)
    assert camera.now == 61, "it has sent nothing for a minute"
    assert camera.state.given_up
    assert camera.state.status == "stopped"
    assert camera.see(1000, last=999.0) == []


@pytest.mark.parametrize("phase", ["stopping", "waiting", "up"])
def test_time_in_a_pause_is_no_time_to_come_back_in(phase):
    camera = Camera()
    camera.state.fail("error", "gone")
    assert Step.STOP in camera.see(2)
    if phase != "stopping":  # a sink that holds a picture holds its thread as well
        camera.state.came_down(camera.now)
    if phase == "up":
        assert Step.START in camera.see(camera.now + 2)
        camera.state.came_up(camera.now, accepted=True)
    for _ in range(3):
        assert Step.END not in camera.see(camera.now + 100, waits=True, paused=True)
    assert camera.state.status == "retrying"
    assert Step.END not in camera.see(camera.now + 50, waits=True)
    assert Step.END in camera.see(camera.now + 10, waits=True)


def test_what_fails_while_it_is_taken_down_is_no_other_loss():
    camera = Camera()
    camera.state.fail("error", "gone")
    camera.see(2)
    camera.state.fail("error", "an internal data stream error")
    camera.state.came_down(2)
    camera.restart()
    assert camera.see(camera.now + 1, last=camera.now + 0.5) == [Step.BACK]
    assert camera.state.losses == {"error": 1}
    assert camera.state.detail == "gone"
