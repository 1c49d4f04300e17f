"""The ring: bounds, policies, and counters that add up at every moment."""

import gc
import signal
import threading
import weakref

import pytest

from pythiags.channel._ring import CLOSED, DROPPED, OK, POLICIES, TIMEOUT, Ring


def ring(items=3, bytes_=1000, policy="block"):
    return Ring(items, bytes_, POLICIES.index(policy))


def drain(it):
    """Take all that is there, and settle it."""
    taken = []
    while (got := it.get(1, 0))[0] == OK:
        it.delivered(1)
        taken.append(got[1][0])
    return taken


def adds_up(now):
    return now["produced"] == now["delivered"] + sum(now["dropped"].values()) + now["pending"]


def test_order_is_kept():
    it = ring()
    for value in "abc":
        assert it.put(value, 1) == OK
    assert drain(it) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("policy", "kept", "dropped"),
    [
        ("drop-oldest", ["c", "d", "e"], 2),
        ("drop-newest", ["a", "b", "c"], 2),
        ("latest", ["e"], 4),
    ],
)
def test_policies_keep_and_count(policy, kept, dropped):
    it = ring(policy=policy)
    results = [it.put(value, 1) for value in "abcde"]
    assert results.count(DROPPED) == (2 if policy == "drop-newest" else 0)
    assert it.snapshot()["dropped"] == {policy: dropped}
    assert drain(it) == kept
    assert it.snapshot()["produced"] == 5


def test_block_gives_up_in_time_and_counts_it():
    it = ring()
    for value in "abc":
        it.put(value, 1)
    assert it.put("d", 1, timeout=0.01) == TIMEOUT
    now = it.snapshot()
    assert now["dropped"] == {"timeout": 1}
    assert now["blocked"] >= 0.01
    assert adds_up(now)


def test_bytes_are_a_bound_of_their_own():
    it = ring(items=100, bytes_=10, policy="drop-oldest")
    for value in range(5):
        it.put(value, 4)
    now = it.snapshot()
    assert (now["pending"], now["bytes"], now["peak_bytes"]) == (2, 8, 8)
    assert drain(it) == [3, 4]


def test_what_is_larger_than_the_bound_goes_through_an_empty_queue():
    it = ring(bytes_=10)
    assert it.put("small", 1) == OK
    assert it.put("huge", 50, timeout=0.01) == TIMEOUT
    drain(it)
    assert it.put("huge", 50, timeout=0.01) == OK


def test_control_items_keep_their_place_and_are_never_dropped_nor_counted():
    it = ring(items=1, policy="drop-oldest")
    it.put("a", 1)
    it.put_control("gap")
    it.put("b", 1)
    it.put_control("end")
    it.put("c", 1)
    now = it.snapshot()
    assert (now["produced"], now["dropped"], now["pending"]) == (3, {"drop-oldest": 2}, 1)
    assert [it.get(1, 0)[1][0] for _ in range(3)] == ["gap", "end", "c"]
    assert it.get(1, 0)[0] == TIMEOUT


def test_what_is_taken_out_is_pending_until_it_is_settled():
    it = ring()
    it.put("a", 1)
    it.put("b", 1)
    it.get(1)
    assert (it.snapshot()["pending"], it.snapshot()["in_flight"]) == (2, 1)
    it.failed("consumer-error", 1)
    it.get(1)
    it.delivered(1)
    now = it.snapshot()
    assert (now["delivered"], now["dropped"], now["in_flight"]) == (1, {"consumer-error": 1}, 0)


def test_many_are_taken_at_once_and_a_control_item_alone():
    it = ring(items=10)
    for value in "abc":
        it.put(value, 1)
    it.put_control("gap")
    it.put("d", 1)
    assert [it.get(2, 0)[1] for _ in range(4)] == [["a", "b"], ["c"], ["gap"], ["d"]]
    assert it.snapshot()["in_flight"] == 4
    it.delivered(2)
    it.redelivered(2)
    it.failed("dead-letter", 2)
    now = it.snapshot()
    assert (now["delivered"], now["dropped"], now["redelivered"]) == (2, {"dead-letter": 2}, 2)
    assert adds_up(now)


def test_many_taken_at_once_wake_all_who_wait_for_room():
    it = ring(items=2)
    it.put("a", 1)
    it.put("b", 1)
    waiters = [threading.Thread(target=it.put, args=(value, 1)) for value in "cd"]
    for waiter in waiters:
        waiter.start()
    while it.snapshot()["waiting"] < 2:
        waiters[0].join(0.001)
    assert it.get(9)[1] == ["a", "b"]
    for waiter in waiters:
        waiter.join(5)
    assert sorted(it.get(9)[1]) == ["c", "d"]


def test_a_closed_ring_lets_out_but_not_in():
    it = ring()
    it.put("a", 1)
    it.close()
    assert it.put("b", 1) == CLOSED
    assert drain(it) == ["a"]
    assert it.get(1)[0] == CLOSED
    assert it.snapshot()["dropped"] == {"closed": 1}


def test_a_stopped_ring_lets_nothing_out_and_keeps_it_pending():
    it = ring()
    it.put("a", 1)
    it.stop()
    assert it.get(1)[0] == CLOSED
    assert it.snapshot()["pending"] == 1


def wait_for_a_waiter(it, thread):
    while not it.snapshot()["waiting"]:
        thread.join(0.001)


@pytest.mark.parametrize("end", ["close", "stop"])
def test_both_ends_wake_when_it_is_shut(end):
    full, empty = ring(items=1), ring()
    full.put("a", 1)
    results = []
    waiters = [
        threading.Thread(target=lambda: results.append(full.put("b", 1))),
        threading.Thread(target=lambda: results.append(empty.get(1)[0])),
    ]
    for waiter in waiters:
        waiter.start()
    wait_for_a_waiter(full, waiters[0])
    getattr(full, end)()
    getattr(empty, end)()
    for waiter in waiters:
        waiter.join(5)
    assert results == [CLOSED, CLOSED]
    assert adds_up(full.snapshot())


def test_a_get_wakes_a_blocked_put():
    it = ring(items=1)
    it.put("a", 1)
    waiter = threading.Thread(target=it.put, args=("b", 1))
    waiter.start()
    wait_for_a_waiter(it, waiter)
    assert it.get(1)[1][0] == "a"
    waiter.join(5)
    assert it.get(1, 0) == (OK, ["b"])


class Thing:
    pass


@pytest.mark.parametrize("policy", ["drop-oldest", "drop-newest", "latest"])
def test_dropped_objects_are_released(policy):
    it = ring(items=1, policy=policy)
    things = [Thing() for _ in range(4)]
    references = [weakref.ref(thing) for thing in things]
    while things:
        it.put(things.pop(0), 1)
    gc.collect()
    assert sum(reference() is not None for reference in references) == 1
    del it
    assert all(reference() is None for reference in references)


def test_a_destructor_may_use_the_ring_it_falls_out_of():
    it = ring(items=1, policy="drop-oldest")

    class Talkative:
        def __del__(self):
            it.put_control("last words")

    it.put(Talkative(), 1)
    it.put("b", 1)
    assert [it.get(1, 0)[1][0] for _ in range(2)] == ["b", "last words"]


def produce(it, source, stop):
    number = 0
    while not stop.is_set():
        it.put((source, number), 1 + number % 60)
        number += 1


def consume(it, taken):
    while (got := it.get(1))[0] == OK:
        taken.append(got[1][0])
        if len(taken) % 7:
            it.delivered(1)
        else:
            it.failed("consumer-error", 1)


@pytest.mark.parametrize("policy", POLICIES)
def test_hammer(policy):
    """Three producers, two consumers, and a witness who adds up all the time."""
    it = ring(items=8, bytes_=200, policy=policy)
    stop, taken = threading.Event(), [[], []]
    consumers = [threading.Thread(target=consume, args=(it, mine)) for mine in taken]
    sources = [threading.Thread(target=produce, args=(it, each, stop)) for each in range(3)]
    for thread in consumers + sources:
        thread.start()
    seen = [it.snapshot()]
    while len({now["produced"] for now in seen}) <= 20 and not stop.wait(1e-4):
        seen.append(it.snapshot())
    stop.set()
    for thread in sources:
        thread.join(10)
    it.close()
    for thread in consumers:
        thread.join(10)
    last = it.snapshot()
    assert all(adds_up(now) for now in [*seen, last])
    assert all(
        now["pending"] - now["in_flight"] - now["on_disk"] <= 8 and now["bytes"] <= 200
        for now in seen
    )
    assert sum(map(len, taken)) == last["delivered"] + last["dropped"]["consumer-error"]
    assert set(last["dropped"]) - {"spill-slow"} == {"consumer-error", policy} - {"block", "spill"}
    for mine in taken:
        for source in range(3):
            numbers = [number for origin, number in mine if origin == source]
            assert numbers == sorted(numbers), "one source's events stay in order"


def test_hammer_would_see_counters_read_one_by_one():
    """The control: counters of two moments do not add up while others work."""
    it = ring(items=8, policy="drop-oldest")
    done = threading.Event()

    def churn():
        while not done.is_set():
            it.put("x", 1)
            it.get(1, 0)
            it.delivered(1)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(200_000):
            if not adds_up(it.snapshot() | {"produced": it.snapshot()["produced"]}):
                break
        else:
            pytest.fail("the witness is blind")
    finally:
        done.set()
        thread.join()


def test_the_main_thread_hears_signals_while_it_waits():
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert ring().get(1, 0.3)[0] == TIMEOUT
    finally:
        signal.signal(signal.SIGALRM, before)
    assert heard
