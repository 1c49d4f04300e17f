"""Events parted by key: order kept, the same lane in every run, every kind of event."""

import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pythiags.errors import ConfigError, EventRefused
from pythiags.workers.parting import Parting, lane_of


class Seen(NamedTuple):
    source_id: int
    number: int


class Plain:
    def __init__(self, source_id):
        self.source_id = source_id


ROWS = np.array(
    [(0, b"a"), (1, b"b"), (0, b"c"), (3, b"a")], dtype=[("source_id", "<u4"), ("label", "S8")]
)


def parts(events, lanes=2, **options):
    return dict(Parting(lanes, **options).part(events))


def test_a_list_is_parted_and_keeps_its_order():
    events = [Seen(source, number) for number in range(4) for source in range(3)]
    lanes = parts(events, 3)
    assert sorted(lanes) == [0, 1, 2]
    for source, part in lanes.items():
        assert part == [Seen(source, number) for number in range(4)]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers())), st.integers(1, 8))
def test_nothing_is_lost_and_each_source_stays_in_one_lane_and_in_order(pairs, count):
    events = [Seen(*pair) for pair in pairs]
    lanes = parts(events, count)
    assert sorted(event for part in lanes.values() for event in part) == sorted(events)
    for source in {event.source_id for event in events}:
        holders = [part for part in lanes.values() if any(e.source_id == source for e in part)]
        assert len(holders) == 1
        mine = [event for event in holders[0] if event.source_id == source]
        assert mine == [event for event in events if event.source_id == source]


@pytest.mark.parametrize(
    "event", [{"source_id": 5}, Seen(5, 0), Plain(5), Plain(np.uint32(5)), ROWS[1]]
)
def test_one_event_goes_to_one_lane_as_it_is(event):
    ((lane, part),) = Parting(2).part(event)
    assert lane == 1
    assert part is event


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_containers_stay_of_their_kind(kind):
    lanes = parts(kind([Seen(0, 1), Seen(1, 2)]))
    assert lanes == {0: kind([Seen(0, 1)]), 1: kind([Seen(1, 2)])}


def test_columns_are_parted_by_their_field():
    lanes = parts(ROWS)
    assert {lane: part["label"].tolist() for lane, part in lanes.items()} == {
        0: [b"a", b"c"],
        1: [b"b", b"a"],
    }
    assert lanes[0].dtype == ROWS.dtype


def test_columns_are_parted_by_another_field_or_a_function():
    by_name = {lane: part.tolist() for lane, part in parts(ROWS, 8, key="label").items()}
    by_function = parts(ROWS, 8, key=lambda row: bytes(row["label"]))
    assert {lane: part.tolist() for lane, part in by_function.items()} == by_name
    assert by_name[lane_of(b"a", 8)] == [(0, b"a"), (3, b"a")]


class Columns:
    """As supervision.Detections: an index of places or of truths takes rows out of all columns."""

    def __init__(self, **data):
        self.data = {name: np.asarray(values) for name, values in data.items()}

    def __getitem__(self, index):
        return Columns(**{name: values[index] for name, values in self.data.items()})


def test_supervisions_detections_are_parted_by_a_column():
    found = Columns(source_id=[0, 1, 0, 3], class_name=["car", "person", "car", "dog"])
    by_source = parts(found)
    assert {lane: part.data["source_id"].tolist() for lane, part in by_source.items()} == {
        0: [0, 0],
        1: [1, 3],
    }
    by_name = parts(found, 3, key="class_name")
    assert {lane: part.data["class_name"].tolist() for lane, part in by_name.items()} == parts(
        ["car", "person", "car", "dog"], 3, key=str
    )
    assert parts(Columns(source_id=np.array([], np.uint32))) == {}
    with pytest.raises(ConfigError, match="key=function"):
        parts(found, key="label")


def test_a_function_gives_the_key():
    lanes = parts(["cat", "dog", "cow"], key=lambda event: len(event) + (event[0] == "d"))
    assert lanes == {1: ["cat", "cow"], 0: ["dog"]}


def test_a_name_of_ones_own():
    assert parts([{"camera": 0}, {"camera": 1}], key="camera") == {
        0: [{"camera": 0}],
        1: [{"camera": 1}],
    }


@pytest.mark.parametrize("event", [[{"label": "person"}], "person", 5, [None]])
def test_no_source_is_an_error_with_the_remedy(event):
    with pytest.raises(ConfigError, match="key=function") as caught:
        Parting(2, name="pgie").part(event)
    assert "pgie: events have no attribute or key 'source_id'" in str(caught.value)


@pytest.mark.parametrize("key", [0, None, "", b"source_id"])
def test_what_is_no_key(key):
    with pytest.raises(ConfigError, match="function of one event"):
        Parting(2, key)


@pytest.mark.parametrize("key", [1.5, object(), [1], {1}])
def test_a_key_whose_hash_changes_from_run_to_run_is_refused(key):
    with pytest.raises(ConfigError, match="a key must be a number"):
        Parting(2, lambda event: key).part([1])


def test_what_a_key_function_raises_is_told_with_its_name_and_place():
    def key_of(event):
        return 1 / 0

    with pytest.raises(EventRefused, match="key_of raised ZeroDivisionError") as caught:
        Parting(2, key_of).part([1])
    assert caught.value.got.endswith("return 1 / 0")


def test_sources_are_spread_evenly():
    assert [lane_of(number, 4) for number in range(8)] == [0, 1, 2, 3] * 2


def test_a_key_has_the_same_lane_in_another_process():
    keys = ["camera-1", "camera-2", b"x", 12, None, ("a", 3), "\udc80"]
    program = (
        f"from pythiags.workers.parting import lane_of\nprint([lane_of(k, 97) for k in {keys}])"
    )
    for seed in ("1", "2"):  # of Python's own hash, which is another in each run
        shown = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert shown.strip() == str([lane_of(key, 97) for key in keys])
