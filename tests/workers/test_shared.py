"""Memory shared with a child: lent, viewed, and freed when it is not needed any more."""

import gc
import os
import pickle
import random
import threading
from collections import deque
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from pythiags.workers import parcel, shared, space
from pythiags.workers.parcel import Parcel, unpacked
from pythiags.workers.shared import BLOCKS, PAGE, Arena, Board, ChildArena
from pythiags.workers.space import SLACK, Space
from pythiags.workers.wire import Pieces

SIZE = 16 * PAGE
INLINE = 2 * PAGE


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


@pytest.fixture(autouse=True)
def inline(monkeypatch):
    """What is small enough for the stream is smaller here, so that arenas may be."""
    for module in (shared, parcel):
        monkeypatch.setattr(module, "INLINE", INLINE)


def send(arena, board, it):
    """Pack as the feeder does: the stream, and what is lent besides."""
    packed = Parcel(it, arena, board)
    stream = b"".join(packed.pieces.parts)
    assert len(stream) == packed.pieces.size
    return stream, packed.contents


def loans(contents):
    return [] if contents is None else [*contents.buffers, *(it for _, it in contents.spliced)]


def receive(child, sent):
    return unpacked(*sent, child.view)


def picture(pages=2, value=1):
    return np.full(pages * PAGE, value, np.uint8)


def test_an_array_is_copied_once_and_seen_by_the_child(arena, board, child):
    sent = picture()
    data, contents = send(arena, board, {"image": sent})
    assert len(data) < INLINE
    arrived = receive(child, (data, contents))["image"]
    assert (arrived == sent).all()
    arrived[0] = 9
    assert sent[0] == 1, "it is a copy for the parent"


def test_small_arrays_and_objects_travel_in_the_stream(arena, board, child):
    for it in (picture()[: INLINE - 500], np.array([{}] * 3000), picture(3)[::2]):
        data, contents = send(arena, board, it)
        assert contents is None
        assert len(data) >= it.nbytes / 8
        assert (receive(child, (data, contents)) == it).all()


def test_arrays_of_many_sizes_need_few_types(board):
    """Crops of pictures, say: to make a type takes ten times as long as to make a view."""
    arena = Arena(64 << 20)
    child = ChildArena(arena.fd, arena.size, board)
    shared._mapped_type.cache_clear()
    for size in range(INLINE, 40 * INLINE, 499):
        arrived = receive(child, send(arena, board, np.full(size, size % 251, np.uint8)))
        assert arrived.shape == (size,)
        assert (arrived == size % 251).all()
        made = arena.empty((size,), np.uint8)
        assert made.shape == (size,)
        del arrived, made
    assert shared._mapped_type.cache_info().misses < 30
    arena.forget(board)
    assert arena.used() == 0
    arena.close()


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
    data, contents = send(arena, board, picture(2))
    assert (contents, len(data) >= 2 * PAGE) == (None, True)
    del held[0]
    _, contents = send(arena, board, picture(2))
    assert [loan.offset for loan in loans(contents)] == [0], "the first gap is used again"


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
    arrived = receive(child, send(arena, board, [sent[1:], sent]))
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
    again = send(arena, board, sent)
    del one
    assert arena.used() == 2 * PAGE
    two = receive(child, again)
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
    packed = send(arena, board, sent)
    arrived = [receive(child, packed)]
    again = threading.Thread(target=lambda: arrived.append(receive(child, packed)))

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
    packed = send(arena, board, sent)
    arrived = [receive(child, packed)]
    held.before[1].append(arrived.clear)
    again = receive(child, packed)
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
    assert loans(send(arena, other, picture())[1])
    assert arena.used() == 2 * PAGE
    arena.forget(other)
    assert arena.used() == 0
    other.close_fd()
    other.close()


def test_loans_that_nobody_has_seen_are_taken_back(arena, board, child):
    own = arena.empty((2 * PAGE,), np.uint8)
    kept = receive(child, send(arena, board, own))
    _, contents = send(arena, board, [picture(), own, bytes(2 * PAGE)])
    arena.take_back(loans(contents))
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


LARGE = 3 * INLINE


@pytest.mark.parametrize(
    "event",
    [
        b"x" * LARGE,
        bytearray(b"y" * LARGE),
        "text " * LARGE,
        "\u6771" * LARGE,
        [b"a" * LARGE, 1, b"b" * LARGE, "small", b"c" * (LARGE + 1)],
        {"deep": [(b"d" * LARGE, np.arange(LARGE)), b"e" * 10]},
        [b"f" * (INLINE - 1), b"g" * INLINE, b"h" * (INLINE + 1)],
        [b"i" * 70_000, b"j" * 200_000, b"k" * 1_000_000],
        [bytes([n]) * 65_536 for n in range(20)],
        [f"small {n}" for n in range(20_000)],
        (1 << 14_000, b"l" * LARGE),
    ],
    ids=lambda it: type(it).__name__,
)
@pytest.mark.parametrize("size", [SIZE, 64 * SIZE])
def test_large_bytes_arrive_as_they_were(board, event, size):
    arena = Arena(size)
    child = ChildArena(arena.fd, size, Board(os.dup(board.fd)))
    arrived = receive(child, send(arena, board, [event, "end"]))
    assert repr(arrived) == repr([event, "end"]) or arrived[0] == event
    del arrived
    assert arena.used() == 0, "what is part of the pickle is returned when it was read"
    arena.close()


def test_large_bytes_are_not_copied_for_the_stream(board):
    large = b"x" * 100_000
    arena = Arena(40 * PAGE)
    stream, contents = send(arena, board, [large])
    assert len(stream) < PAGE
    assert [loan.size for _, loan in contents.spliced] == [100_000]
    _, none = send(arena, board, [b"y" * 100_000])
    assert none is None, "the arena is full"
    arena.close()


class Reneges:
    def __reduce__(self):
        raise SystemExit("not today")


@pytest.mark.parametrize("large", [b"x" * LARGE, np.ones(LARGE, np.uint8)])
def test_what_cannot_be_packed_leaves_nothing_behind(arena, board, large):
    with pytest.raises(SystemExit):
        Parcel([large, Reneges()], arena, board)
    assert arena.used() == 0


def test_a_bytearray_keeps_its_size_while_it_is_sent():
    pieces, array = Pieces(), bytearray(10)
    pieces.append(memoryview(array))
    with pytest.raises(BufferError):
        array.append(1)
    assert pieces.size == 10


def test_text_opcodes_are_read_across_the_parts():
    whole = pickle.dumps(["a" * 10, "b", {"c": 1.5}], 0)
    parts = deque(memoryview(whole[n : n + 3]) for n in range(0, len(whole), 3))
    assert pickle.Unpickler(parcel._Spliced(parts)).load() == ["a" * 10, "b", {"c": 1.5}]


def test_a_truncated_pickle_is_an_error():
    parts = deque([memoryview(pickle.dumps(["a" * 100], 5)[:50])])
    with pytest.raises((EOFError, pickle.UnpicklingError)):
        pickle.Unpickler(parcel._Spliced(parts)).load()


@pytest.mark.parametrize("chosen", range(20))
def test_no_two_blocks_overlap_and_room_is_found_again(chosen):
    """Against a model: pages, each with who holds it."""
    chance, size = random.Random(chosen), 4 * SLACK
    room, held = Space(size), []
    for _ in range(2000):
        if held and chance.random() < 0.5:
            held.pop(chance.randrange(len(held))).release()
            continue
        wanted = chance.choice((1, 2, 25, 100, 300)) * PAGE
        block = room.take(wanted)
        if block is None:
            taken = sorted((each.offset, each.offset + each.size) for each in held)
            ends = [0, *(end for _, end in taken)]
            starts = [*(start for start, _ in taken), size]
            assert all(start - end < wanted for start, end in zip(starts, ends, strict=True))
            continue
        block.kept = True
        assert block.size == wanted
        held.append(block)
        for each in held:
            inside = each.offset + chance.randrange(each.size)
            assert room.at(inside) is each
        spans = sorted((each.offset, each.offset + each.size) for each in held)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert spans[-1][1] <= size


def test_what_is_taken_is_little_larger_than_what_is_held():
    """Each block is released when the next one is taken: the arena must not be walked through."""
    room, last = Space(1 << 30), None
    for _ in range(5000):
        block = room.take(25 * PAGE)
        block.kept = True
        if last is not None:
            last.release()
        last = block
        assert block.offset <= SLACK + 50 * PAGE


def test_taking_looks_at_few_blocks(monkeypatch):
    """The cost of each grows with nothing: a full batch is linear."""
    looks = 0

    class Counted(space.Block):
        __slots__ = ()

        @property
        def free(self):
            nonlocal looks
            looks += 1
            return super().free

    monkeypatch.setattr(space, "Block", Counted)
    room = Space(1 << 30)
    for _ in range(4000):
        room.take(25 * PAGE).kept = True
    assert looks < 4 * 4000
