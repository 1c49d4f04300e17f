"""What is done where a broker goes away: decided here, with a scripted connection."""

import pytest

from pythiags.brokers import Settings
from pythiags.brokers.broker import Broker, Report, Retry
from pythiags.brokers.links import LinkLost, NoMore, NotSent, Outcome
from pythiags.errors import StreamError

RETRY = Retry(2, 10)


class Link:
    patience = 5.0

    def __init__(self, *, ends=False):
        self.ends = ends
        self.sent = []
        self.problem = None
        self.outcome = Outcome()
        self.closed = []

    def send(self, payload):
        if self.problem is not None:
            raise self.problem
        self.sent.append(payload)

    def ask(self):
        return self.outcome

    def close(self, seconds):
        self.closed.append(seconds)
        return self.outcome


class Script:
    """A broker whose connections are made of ``links``, one after the other; an error is raised."""

    def __init__(self, *links, new_api=False, retry=RETRY):
        self.links = list(links)
        self.time = 100.0
        settings = Settings("mqtt", "host", 1, "topic", new_api=new_api)
        self.broker = Broker(settings, self.connect, retry, lambda: self.time)

    def connect(self, _settings):
        found = self.links.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


AWAY = StreamError("nobody is there")
LOST = LinkLost("it hung up")


def test_a_message_is_sent():
    link = Link()
    script = Script(link)
    assert script.broker.send(b"a") == Report(pending=True)
    assert link.sent == [b"a"]
    assert script.broker.patience == 5.0


def test_a_broker_that_is_not_there_at_the_start_is_an_error():
    with pytest.raises(StreamError, match="nobody is there"):
        Script(AWAY)


def test_what_becomes_of_messages_is_passed_on():
    link = Link()
    script = Script(link)
    link.outcome = Outcome(2, pending=True, problem="timed out")
    problem = "the MQTT broker at host:1: timed out"
    assert script.broker.ask() == Report(2, pending=True, problem=problem)
    link.outcome = Outcome(1, problem="it hung up")
    assert script.broker.close(3) == Report(1, problem="the MQTT broker at host:1: it hung up")
    assert link.closed == [3]
    assert script.broker.close(3) == script.broker.ask() == Report()


def test_what_is_lost_at_the_end_is_logged(caplog):
    report = Script(Link()).broker.close(0, left=3)
    said = "3 messages are lost: the MQTT broker at host:1: there was no time to send them"
    assert caplog.messages == [said]
    assert report.lost == 3


def test_one_message_may_be_refused():
    link = Link()
    script = Script(link)
    link.problem = NotSent("too large")
    report = script.broker.send(b"a")
    assert (report.lost, report.ended) == (1, False)
    assert report.problem == "the MQTT broker at host:1: too large"
    link.problem = None
    assert script.broker.send(b"b").lost == 0


def test_a_full_queue_ends_it():
    link = Link()
    link.problem = NoMore("too many")
    report = Script(link).broker.send(b"a")
    assert (report.lost, report.ended) == (1, True)


def test_a_connection_that_is_lost_ends_the_stream_where_deepstreams_does():
    link = Link(ends=True)
    link.problem = LOST
    report = Script(link).broker.send(b"a")
    assert (report.lost, report.ended) == (1, True)
    assert report.problem.startswith(
        "the MQTT broker at host:1: the connection is lost: it hung up"
    )


@pytest.mark.parametrize("why", ["it hung up", "it hung up.", "it hung up..."])
def test_what_is_said_of_a_lost_connection_is_one_sentence_after_another(why):
    link = Link(ends=True)
    link.problem = LinkLost(why)
    report = Script(link).broker.send(b"a")
    assert "the connection is lost: it hung up. As DeepStream's, it is not " in report.problem


def test_elsewhere_all_later_messages_are_lost():
    link = Link()
    link.problem = LOST
    script = Script(link)
    first = script.broker.send(b"a")
    script.time += 1000
    second = script.broker.send(b"b")
    assert [(each.lost, each.ended) for each in (first, second)] == [(1, False)] * 2
    assert first.problem == second.problem
    assert first.problem.endswith("it is not made again: set new-api=true for that")
    assert link.closed == [0]


def test_what_was_under_way_is_lost_with_the_connection():
    link = Link()
    link.problem, link.outcome = LOST, Outcome(4)
    assert Script(link).broker.send(b"a").lost == 5


def test_with_the_new_library_it_is_tried_again_at_intervals():
    first, second = Link(ends=True), Link()
    first.problem = LOST
    script = Script(first, AWAY, second, new_api=True)
    report = script.broker.send(b"a")
    assert (report.lost, report.ended) == (1, False)
    assert report.problem.endswith("It is tried again every 2 seconds")
    script.time += 1.9
    assert script.broker.send(b"b").lost == 1
    assert len(script.links) == 2
    script.time += 0.2
    assert script.broker.send(b"c").lost == 1  # still away
    script.time += 1
    assert script.broker.send(b"d").lost == 1  # not yet time
    script.time += 1
    assert script.broker.send(b"e") == Report(pending=True)
    assert second.sent == [b"e"]


def test_after_the_limit_it_is_given_up():
    link = Link()
    link.problem = LOST
    script = Script(link, *[AWAY] * 9, new_api=True)
    script.broker.send(b"a")
    for _ in range(5):
        script.time += 2
        assert not script.broker.send(b"b").ended
    script.time += 2
    report = script.broker.send(b"c")
    assert report.ended
    assert report.problem.endswith("for 10 seconds by now: it is given up")


def test_nvidias_file_may_say_that_it_is_not_tried():
    link = Link()
    link.problem = LOST
    assert Script(link, new_api=True, retry=Retry(2, 10, wanted=False)).broker.send(b"a").ended
