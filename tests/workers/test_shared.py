"""Memory shared with a child: lent, looked at, and free again when nobody needs it."""

import gc
import os
import pickle
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from pythiags.workers.shared import BLOCKS, INLINE, PAGE, Arena, Board, ChildArena

SIZE = 16 * PAGE


@pytest.fixture
def board():
    board = Board()
    yield board
    board.close_fd()
    board.close()


@pytest.fixture
def arena():
    arena = Arena(SIZE)
    yield arena
    arena.close()


@pytest.fixture
def child(arena, board):
    return ChildArena(arena.fd, SIZE, Board(os.dup(board.fd)))  # its own, as in a child


def send(arena, board, it):
    """Pickle as the feeder does: the stream, and what is lent besides."""
    loans = []

    def keep(buffer):
        loan = arena.lend(buffer, board)
        if loan is not None:
            loans.append(loan)
        return loan is None

    return pickle.dumps(it, 5, buffer_callback=keep), loans


def receive(child, parcel):
    data, loans = parcel
    return pickle.loads(data, buffers=[child.view(loan) for loan in loans])


def picture(pages=2, value=1):
    return np.full(pages * PAGE, value, np.uint8)


def test_an_array_is_copied_once_and_seen_by_the_child(arena, board, child):
    sent = picture()
    data, loans = send(arena, board, {"image": sent})
    assert len(data) < INLINE
    arrived = receive(child, (data, loans))["image"]
    assert (arrived == sent).all()
    arrived[0] = 9
    assert sent[0] == 1, "it is a copy for the parent"


def test_small_arrays_and_objects_travel_in_the_stream(arena, board, child):
    for it in (picture()[: INLINE - 1], np.array([{}] * 5000), picture(4)[::2]):
        data, loans = send(arena, board, it)
        assert loans == []
        assert len(data) >= it.nbytes / 8
        assert (receive(child, (data, loans)) == it).all()


def test_read_only_stays_so(arena, board, child):
    sent = picture()
    sent.flags.writeable = False
    arrived = receive(child, send(arena, board, sent))
    assert not arrived.flags.writeable


def test_a_block_is_free_when_the_child_has_let_go(arena, board, child):
    arrived = receive(child, send(arena, board, picture()))
    view = arrived[5:]
    del arrived
    assert arena.used() == 2 * PAGE, "a view of it is left"
    del view
    assert arena.used() == 0


def test_what_finds_no_room_travels_in_the_stream(arena, board, child):
    held = [receive(child, send(arena, board, picture(8))) for _ in range(2)]
    assert arena.used() == SIZE
    data, loans = send(arena, board, picture(2))
    assert (loans, len(data) >= 2 * PAGE) == ([], True)
    del held[0]
    _, loans = send(arena, board, picture(2))
    assert [loan.offset for loan in loans] == [0], "the first gap is used again"


def test_gaps_are_found_between_blocks(arena, board, child):
    held = [receive(child, send(arena, board, picture(4, n))) for n in range(4)]
    held[1] = None
    held.append(receive(child, send(arena, board, picture(3, 7))))
    held.append(receive(child, send(arena, board, picture(2, 8))))
    assert arena.used() == 15 * PAGE
    assert [array[0] for array in held if array is not None] == [0, 2, 3, 7, 8]


def test_there_is_a_last_number(board):
    arena = Arena(3 * BLOCKS * PAGE)
    kept = [arena.empty((2 * PAGE,), np.uint8) for _ in range(BLOCKS)]
    assert arena.used() == 2 * BLOCKS * PAGE
    assert arena.empty((2 * PAGE,), np.uint8).flags.owndata
    kept.clear()
    assert arena.used() == 0
    arena.close()


def test_an_array_made_in_the_arena_is_not_copied(arena, board, child):
    sent = arena.empty((2, 2 * PAGE), np.uint8)
    sent[:] = 3
    assert arena.used() == 4 * PAGE
    data, loans = send(arena, board, [sent[1:], sent])
    arrived = receive(child, (data, loans))
    assert arena.used() == 4 * PAGE
    assert [array.shape for array in arrived] == [(1, 2 * PAGE), (2, 2 * PAGE)]
    arrived[0][:] = 4
    assert sent[1, 0] == arrived[1][1, 0] == 4, "the same memory"
    del sent
    first = arrived.pop()
    del arrived
    assert arena.used() == 4 * PAGE
    del first
    assert arena.used() == 0


def test_an_array_that_is_sent_again_is_free_after_the_last(arena, board, child):
    sent = arena.empty((PAGE * 2,), np.uint8)
    one = receive(child, send(arena, board, sent))
    parcel = send(arena, board, sent)
    del one
    assert arena.used() == 2 * PAGE
    two = receive(child, parcel)
    del sent
    assert arena.used() == 2 * PAGE
    del two
    assert arena.used() == 0


class Watched:
    """The bytes of a board, and what happens just before one of them is set."""

    def __init__(self, held):
        self.held = held
        self.before = {0: [], 1: []}

    def __setitem__(self, number, value):
        for call in (self.before[value].pop(),) if self.before[value] else ():
            call()
        self.held[number] = value


@pytest.fixture
def watched(arena, board):
    held = Watched(board.held)
    return ChildArena(arena.fd, SIZE, SimpleNamespace(held=held)), held


def test_a_block_is_held_that_one_thread_returns_while_another_gets_it_again(arena, board, watched):
    child, held = watched
    sent = arena.empty((PAGE * 2,), np.uint8)
    parcel = send(arena, board, sent)
    arrived = [receive(child, parcel)]
    again = threading.Thread(target=lambda: arrived.append(receive(child, parcel)))

    def meanwhile():
        again.start()
        again.join(0.2)

    held.before[0].append(meanwhile)
    arrived.pop()
    again.join()
    del sent
    assert arena.used() == 2 * PAGE
    arrived.clear()
    assert arena.used() == 0


def test_a_block_is_held_that_a_finalizer_returns_while_its_thread_gets_it_again(
    arena, board, watched
):
    child, held = watched
    sent = arena.empty((PAGE * 2,), np.uint8)
    parcel = send(arena, board, sent)
    arrived = [receive(child, parcel)]
    held.before[1].append(arrived.clear)
    again = receive(child, parcel)
    assert arrived == []
    del sent
    assert arena.used() == 2 * PAGE
    del again
    assert arena.used() == 0


def test_an_ordinary_array_where_it_would_not_do(arena):
    assert not arena.empty((SIZE,), np.uint8).flags.owndata, "the control"
    assert arena.empty((SIZE + 1,), np.uint8).flags.owndata
    assert arena.empty((INLINE - 1,), np.uint8).flags.owndata, "it travels in the stream"
    assert arena.empty((3,), object).flags.owndata
    assert arena.empty((0,), np.uint8).size == 0


def test_a_dead_child_holds_nothing(arena, board, child):
    other = Board()
    parcel = send(arena, other, picture())
    assert parcel[1]
    assert arena.used() == 2 * PAGE
    arena.forget(other)
    assert arena.used() == 0
    other.close_fd()
    other.close()


def test_loans_that_nobody_has_seen_are_taken_back(arena, board, child):
    own = arena.empty((2 * PAGE,), np.uint8)
    kept = receive(child, send(arena, board, own))
    _, loans = send(arena, board, [picture(), own])
    arena.take_back(loans)
    assert arena.used() == 2 * PAGE
    del own
    assert arena.used() == 2 * PAGE, "the child has the one of before"
    del kept
    assert arena.used() == 0


def test_arrays_outlive_the_arena():
    arena = Arena(SIZE)
    kept = arena.empty((2 * PAGE,), np.uint8)
    assert not kept.flags.owndata
    kept[:] = 5
    arena.close()
    del arena
    gc.collect()
    assert kept.sum() == 10 * PAGE
