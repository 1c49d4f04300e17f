"""What is taken for an extractor, and what is not."""

import functools

import pytest

from pythiags import Extractor
from pythiags.errors import UserCodeError
from pythiags.extractors import as_extractor, run_through


class Pick(Extractor):
    def extract_metadata(self, pad, info):
        return [pad, info]


class Swan:
    def extract_metadata(self, pad, info):
        return [pad, info]


@pytest.mark.parametrize("it", [Pick, Pick(), Swan, Swan(), lambda pad, info: [pad, info]])
def test_extractors(it):
    assert as_extractor(it).extract_metadata(1, 2) == [1, 2]


@pytest.mark.parametrize(
    ("it", "says"),
    [
        (None, "not a valid extractor"),
        (Extractor(), "does not implement extract_metadata"),
        (lambda info: None, r"expected: \(pad, info\)"),
    ],
)
def test_what_is_no_extractor(it, says):
    with pytest.raises(UserCodeError, match=says):
        as_extractor(it)


def test_the_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError):
        Extractor().extract_metadata(None, None)


async def read(pad, info):
    return [pad, info]


async def read_slowly(pad, info):
    yield pad


class Reads(Extractor):
    async def extract_metadata(self, pad, info):
        return [pad, info]


class ReadsWhenCalled:
    async def __call__(self, pad, info):
        yield pad


@pytest.mark.parametrize(
    "it",
    [
        read,
        read_slowly,
        functools.partial(read),
        functools.partial(read_slowly),
        Reads,
        Reads(),
        ReadsWhenCalled(),
    ],
)
def test_an_async_extractor_is_refused(it):
    with pytest.raises(UserCodeError, match=r"the extractor is an async|is a coroutine") as caught:
        as_extractor(it)
    assert "write it with def" in caught.value.hint


def test_what_an_extractor_returns_is_run_through():
    assert run_through(letter for letter in "ab") == ["a", "b"]
    assert run_through(map(str, (1, 2))) == ["1", "2"]
    assert run_through({"a": 1}) == {"a": 1}
    for asynchronous in (read(1, 2), read_slowly(1, 2)):
        with pytest.raises(UserCodeError, match=r"returned an? (coroutine|async_generator)"):
            run_through(asynchronous)
