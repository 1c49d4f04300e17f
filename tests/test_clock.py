import threading

from pythiags.clock import FakeClock, SystemClock


def test_a_fake_clock_moves_only_when_told():
    clock = FakeClock(5.0)
    assert (clock.now(), clock.now()) == (5.0, 5.0)
    clock.advance(1.5)
    assert clock.now() == 6.5


def test_a_fake_wait_ends_when_time_is_advanced():
    clock, event = FakeClock(), threading.Event()
    results = []
    waiter = threading.Thread(target=lambda: results.append(clock.wait(event, 60.0)))
    waiter.start()
    while waiter.is_alive():
        clock.advance(30.0)
        waiter.join(0.01)
    assert results == [False]


def test_a_fake_wait_ends_when_the_event_is_set():
    event = threading.Event()
    timer = threading.Timer(0.02, event.set)
    timer.start()
    assert FakeClock().wait(event, 60.0)
    timer.join()


def test_the_system_clock():
    clock, event = SystemClock(), threading.Event()
    before = clock.now()
    assert not clock.wait(event, 0.01)
    assert clock.now() >= before + 0.009
    event.set()
    assert clock.wait(event, None)
