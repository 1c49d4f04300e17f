"""What is taken for a consumer, and what is not."""

import functools
from unittest import mock

import pytest

from pythiags import Consumer
from pythiags.consumers import as_consumer, recipe
from pythiags.errors import UserCodeError


class Keep(Consumer):
    def __init__(self):
        self.events = []

    def incoming(self, events):
        self.events.append(events)


class Duck:
    def __init__(self):
        self.calls = []

    def incoming(self, events):
        self.calls.append(events)

    def close(self):
        self.calls.append("close")


def test_consumers():
    keep = Keep()
    assert as_consumer(keep) is keep
    assert isinstance(as_consumer(Keep), Keep)
    seen = []
    function = as_consumer(seen.append)
    function.open()
    function.incoming(1)
    function.close()
    assert seen == [1]
    assert as_consumer(print)


def test_an_object_with_the_method_is_a_consumer():
    duck = Duck()
    consumer = as_consumer(duck)
    consumer.open()
    consumer.incoming(1)
    consumer.close()
    assert duck.calls == [1, "close"]


class NeedsArguments(Keep):
    def __init__(self, url):
        self.url = url


class Raises(Keep):
    def __init__(self):
        raise OSError("no broker")


@pytest.mark.parametrize(
    ("it", "says"),
    [
        (42, "not a valid consumer"),
        (Consumer, r"expected: a method incoming\(self, events\)"),
        (lambda: None, r"expected: \(events\)"),
        (lambda a, b: None, "missing a required argument: 'b'"),
        (NeedsArguments, r"functools\.partial"),
        (Raises, "no broker"),
    ],
)
def test_what_is_no_consumer(it, says):
    with pytest.raises(UserCodeError, match=says) as caught:
        as_consumer(it)
    assert caught.value.exit_code == 3


def test_the_base_class_says_what_is_missing():
    class Odd(Consumer):
        pass

    with pytest.raises(NotImplementedError, match="Odd"):
        Odd().incoming([])


def generate(events):
    yield events


async def generate_slowly(events):
    yield events


class Generates(Keep):
    def incoming(self, events):
        yield events


class OpensLikeAFixture(Keep):
    def open(self):
        yield


class ClosesSlowly(Duck):
    async def close(self):
        yield


class Callable:
    def __call__(self, events):
        yield events


class Static(Keep):
    incoming = staticmethod(generate)


class Given(Generates):
    def __init__(self, number):
        self.number = number


GENERATORS = [
    (generate, "the consumer is a generator function", "test_base.generate"),
    (generate_slowly, "an async generator function", "test_base.generate_slowly"),
    (functools.partial(generate_slowly), "an async generator function", "generate_slowly"),
    (functools.partial(functools.partial(generate)), "a generator function", "generate"),
    (Generates, r"incoming\(\) of the consumer is a generator", "Generates.incoming"),
    (Generates(), r"incoming\(\) of the consumer is a generator", "Generates.incoming"),
    (Generates().incoming, "the consumer is a generator", "Generates.incoming"),
    (functools.partial(Given, 5), r"incoming\(\) of the consumer is a generator", "incoming"),
    (OpensLikeAFixture, r"open\(\) of the consumer is a generator", "OpensLikeAFixture.open"),
    (ClosesSlowly, r"close\(\) of the consumer is an async generator", "ClosesSlowly.close"),
    (Callable(), "the consumer is a generator", "Callable"),
    (Callable, "the consumer is a generator", "Callable"),
    (Static, r"incoming\(\) of the consumer is a generator", "test_base.generate"),
]


@pytest.mark.parametrize("take", [as_consumer, recipe])
@pytest.mark.parametrize(("it", "says", "where"), GENERATORS)
def test_a_generator_function_is_refused_by_name(take, it, says, where):
    with pytest.raises(UserCodeError, match=says) as caught:
        take(it)
    assert where in str(caught.value.where)
    assert "yield" in caught.value.hint


async def wait(events):
    """As what a coroutine function is for."""


@pytest.mark.parametrize("it", [wait, functools.partial(wait), mock.AsyncMock()])
def test_a_coroutine_function_is_a_consumer(it):
    assert as_consumer(it)
