"""What is taken for a consumer and an extractor, and what is not."""

import pytest

from pythiags import Consumer, Extractor
from pythiags.consumers import as_consumer
from pythiags.errors import UserCodeError
from pythiags.extractors import as_extractor


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


class Pick(Extractor):
    def extract_metadata(self, pad, info):
        return [pad, info]


class Swan:
    def extract_metadata(self, pad, info):
        return [pad, info]


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


@pytest.mark.parametrize("it", [Pick, Pick(), Swan, Swan(), lambda pad, info: [pad, info]])
def test_extractors(it):
    assert as_extractor(it).extract_metadata(1, 2) == [1, 2]


class NeedsArguments(Keep):
    def __init__(self, url):
        self.url = url


class Raises(Keep):
    def __init__(self):
        raise OSError("no broker")


@pytest.mark.parametrize(
    ("it", "says"),
    [
        (42, "this is not a consumer"),
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


@pytest.mark.parametrize(
    ("it", "says"),
    [
        (None, "this is not an extractor"),
        (Extractor(), "does not say what it extracts"),
        (lambda info: None, r"expected: \(pad, info\)"),
    ],
)
def test_what_is_no_extractor(it, says):
    with pytest.raises(UserCodeError, match=says):
        as_extractor(it)


def test_the_base_classes_say_what_is_missing():
    class Odd(Consumer):
        pass

    with pytest.raises(NotImplementedError, match="Odd"):
        Odd().incoming([])
    with pytest.raises(NotImplementedError):
        Extractor().extract_metadata(None, None)
