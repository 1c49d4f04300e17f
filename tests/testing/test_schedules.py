"""Schedules of faults: what a seed decides, and how a plan is carried out."""

import threading
from collections import Counter
from itertools import pairwise

import pytest

from pythiags import ConfigError
from pythiags.testing import Fault, FaultSchedule


def nothing():
    pass


def schedule(seed=1):
    faults = FaultSchedule(seed)
    faults.add("killed", nothing, nothing, target="a", lasts=(1, 5), rest=3)
    faults.add("frozen", nothing, nothing, target="a", lasts=(2, 3), rest=3)
    faults.add("killed", nothing, nothing, target="b", lasts=(1, 5), rest=3, weight=3)
    faults.add("edited", nothing, rest=0)
    return faults


def test_a_seed_decides():
    plan = schedule().plan(600, every=2)
    assert plan == schedule().plan(600, every=2)
    assert plan != schedule(2).plan(600, every=2)
    assert {(each.name, each.target) for each in plan} == {
        ("killed", "a"),
        ("frozen", "a"),
        ("killed", "b"),
        ("edited", "edited"),
    }


def test_no_two_faults_of_one_target_overlap_and_all_end_in_time():
    plan = schedule().plan(600, every=2)
    assert 150 < len(plan) < 300
    assert max(each.until for each in plan) <= 600
    for target in ("a", "b"):
        mine = [each for each in plan if each.target == target]
        assert all(second.at >= first.until + 3 for first, second in pairwise(mine))
        assert all(1 <= each.seconds <= 5 for each in mine)
    assert {each.seconds for each in plan if each.name == "edited"} == {0.0}


def test_a_weight_is_how_often():
    faults = FaultSchedule(3)
    faults.add("often", nothing, weight=9, rest=0)
    faults.add("seldom", nothing, weight=1, rest=0)
    found = Counter(each.name for each in faults.plan(5000, every=5))
    assert 5 < found["often"] / found["seldom"] < 15


class Log(list):
    def note(self, what):
        return lambda: self.append(what)


def test_a_plan_is_carried_out_in_order():
    log = Log()
    faults = FaultSchedule(1)
    faults.add("killed", log.note("kill"), log.note("start"), target="a")
    faults.add("edited", log.note("edit"))
    plan = [Fault("killed", "a", 0.0, 0.03), Fault("edited", "edited", 0.02, 0.0)]
    done = faults.play(plan, told=lambda fault, moment: log.append((fault.name, moment)))
    assert log == [
        *[("killed", "begin"), "kill", ("edited", "begin"), "edit", ("edited", "end")],
        *["start", ("killed", "end")],
    ]
    assert [each.name for each in done] == ["killed", "edited"]
    assert done[0].at >= 0
    assert done[0].seconds >= 0.03
    assert done[1].seconds == 0.0


def test_what_has_begun_is_ended_when_it_is_stopped():
    stop, log = threading.Event(), Log()
    faults = FaultSchedule(1)
    faults.add("killed", lambda: (log.append("kill"), stop.set()), log.note("start"))
    plan = [Fault("killed", "killed", 0.0, 1000.0), Fault("killed", "killed", 2000.0, 1.0)]
    (done,) = faults.play(plan, stop=stop)
    assert log == ["kill", "start"]
    assert done.seconds < 1000


def test_what_has_begun_is_ended_when_another_one_fails():
    log = Log()
    faults = FaultSchedule(1)
    faults.add("killed", log.note("kill"), log.note("start"))
    faults.add("wrong", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        faults.play([Fault("killed", "killed", 0.0, 1000.0), Fault("wrong", "wrong", 0.0, 0.0)])
    assert log == ["kill", "start"]


def test_what_cannot_be_is_refused():
    faults = schedule()
    with pytest.raises(ValueError, match="a fault 'killed' of 'a' already"):
        faults.add("killed", nothing, target="a")
    with pytest.raises(ConfigError, match="invalid weight"):
        faults.add("never", nothing, weight=0)
    with pytest.raises(ValueError, match="invalid lasts"):
        faults.add("short", nothing, lasts=(5, 1))
