"""Messages that others publish are received, and what goes wrong meanwhile is told."""

import json
import threading
from types import SimpleNamespace

import pytest
import redis
from faults.harness import threads, until
from standins.brokers import HOST, Kafka, free_port, running

from pythiags.brokers import NAMES, Settings, open_receiver, read_settings
from pythiags.brokers import receiver as receiver_module
from pythiags.brokers import redis as redis_module
from pythiags.brokers.broker import Retry
from pythiags.brokers.kafka import QUIET, subscribe
from pythiags.brokers.links import LinkLost, Message, Trouble
from pythiags.brokers.receiver import Receiver
from pythiags.errors import ConfigError, StreamError

SERVERS = {"mqtt": "mosquitto", "kafka": "kafka", "redis": "redis_server", "amqp": "amqp_server"}


class Taken:
    """A receiver, and what it handed on and told."""

    def __init__(self, make):
        self.messages, self.told = [], []
        self.receiver = make(lambda *message: self.messages.append(message), self.told.append)

    def await_message(self, *message):
        until(lambda: message in self.messages, f"{message}; told: {self.told}")

    def await_told(self, text):
        until(lambda: any(text in line for line in self.told), f"{text}; told: {self.told}")


@pytest.fixture
def config(tmp_path):
    """``config("key=value")``: a file of these keys."""

    def write(text):
        path = tmp_path / "cfg.txt"
        path.write_text(f"[message-broker]\n{text}\n")
        return str(path)

    return write


@pytest.fixture
def receive():
    """``receive(protocol, port, topics)``: a receiver of them; it is closed after the test."""
    opened = []

    def open_one(protocol, port, topics="commands", file=""):
        given = {
            "proto-lib": f"/opt/nvidia/deepstream/deepstream/lib/libnvds_{protocol}_proto.so",
            "conn-str": f"{HOST};{port}" + (";guest;guest" if protocol == "amqp" else ""),
            "topic-list": topics,
            "proto-config-file": file,
        }
        settings = read_settings(given, {})
        opened.append(Taken(lambda *hears: open_receiver(settings, *hears)))
        return opened[-1]

    yield open_one
    for each in opened:
        each.receiver.close()
        assert not each.receiver._thread.is_alive()


@pytest.fixture
def kafka():
    """One for each test: a group that all have left is not opened again for a while."""
    with running(Kafka()) as server:
        yield server


@pytest.fixture
def at_once(monkeypatch):
    """Connections are tried again without a pause."""
    monkeypatch.setattr(receiver_module, "read_retry", lambda _: Retry(0.01, 1e9))


# ---- what comes


@pytest.mark.parametrize("protocol", SERVERS)
def test_messages_of_all_topics_come(receive, request, protocol):
    server = request.getfixturevalue(SERVERS[protocol])
    topics = f"{protocol}-a", f"{protocol}-b"
    if protocol == "kafka":  # its client looks for a topic that is not there every five minutes
        for topic in topics:
            server.publish(topic, b"before")
    taken = receive(protocol, server.port, ", ".join(topics))
    sent = [(topics[number % 2], b"%d \xff\0" % number) for number in range(6)]
    for each in [*sent[:3], (f"{protocol}-c", b"nobody's"), *sent[3:]]:
        server.publish(*each)
    for each in sent:
        taken.await_message(*each)
    for topic in topics:
        mine = [each for each in taken.messages if each[0] == topic and each[1] != b"before"]
        if protocol != "kafka":  # whose partitions have no order among them
            assert mine == [each for each in sent if each[0] == topic]
    assert {topic for topic, _ in taken.messages} == set(topics)
    assert taken.told == []


def test_each_group_of_kafka_reads_from_the_beginning(receive, kafka, config):
    kafka.publish("old", b"before")
    file = config('consumer-group-id=mine\nconsumer-proto-cfg="client.id=me"')
    for each in (receive("kafka", kafka.port, "old", file), receive("kafka", kafka.port, "old")):
        each.await_message("old", b"before")


def test_a_topic_that_kafka_does_not_have_is_told(receive, kafka):
    receive("kafka", kafka.port, "nowhere").await_told("Subscribed topic not available: nowhere")


def test_redis_entries_of_two_streams_come_with_one_answer(redis_server):
    from pythiags.brokers import redis

    words = {"proto-lib": "libnvds_redis_proto.so", "conn-str": f"{HOST};{redis_server.port}"}
    inlet = redis.subscribe(read_settings({**words, "topic-list": "a,b"}, {}))
    for topic in ("a", "b"):
        redis_server.publish(topic, b"1")
    taken = [inlet.take(0.1) for _ in range(3)]
    with redis_server.client() as client:
        pending = [each["pending"] for topic in ("a", "b") for each in client.xinfo_groups(topic)]
    inlet.close()
    assert sorted(filter(None, taken)) == [("a", b"1"), ("b", b"1")]
    assert pending == [0, 0]


def test_redis_keys_of_the_file(receive, redis_server, config):
    taken = receive(
        "redis", redis_server.port, file=config("consumergroup=mine\nconsumername=me\npayloadkey=x")
    )
    with redis_server.client() as client:
        client.xadd("commands", {"anything": b"first", "metadata": b"second"})
        taken.await_message("commands", b"first")  # of the first field, whatever its name
        (group,) = client.xinfo_groups("commands")
        assert (group["name"], group["consumers"], group["pending"]) == (b"mine", 1, 0)
        taken.receiver.close()
        assert client.xinfo_groups("commands") == []


def test_amqp_from_an_exchange_of_the_file(receive, amqp_server, config):
    receive("amqp", amqp_server.port, "road.cars", config("exchange=mine"))
    until(lambda: amqp_server.sessions[-1].bound == {"road.cars": "queue-0"}, "the binding")
    assert list(amqp_server.sessions[-1].consumed) == ["queue-0"]


def test_amqp_without_a_content_type_is_told(receive, amqp_server):
    taken = receive("amqp", amqp_server.port)
    amqp_server.publish("commands", b"bare", None)
    taken.await_told("a message of 'commands' has no content type, and is not read")
    amqp_server.publish("commands", b"")
    taken.await_message("commands", b"")
    assert len(taken.messages) == 1


@pytest.mark.parametrize("topic", ["commands/#", "commands/+"])
def test_nothing_comes_of_a_wildcard(receive, mosquitto, topic):
    taken = receive("mqtt", mosquitto.port, f"{topic},plain")
    taken.await_told(f"topic-list: '{topic}' has a wildcard, and nothing comes of it")
    mosquitto.publish("commands/one", b"a")
    mosquitto.publish("plain", b"b")
    taken.await_message("plain", b"b")
    assert len(taken.messages) == 1


# ---- who is not there


@pytest.mark.parametrize("protocol", NAMES)
def test_a_broker_that_is_not_there_is_told_and_tried_again(receive, protocol):
    port = free_port()
    taken = receive(protocol, port)
    (line,) = taken.told
    assert line.startswith(f"the {NAMES[protocol]} broker at {HOST}:{port} cannot be connected to:")
    assert line.endswith("; it is tried again every 2 seconds")


@pytest.mark.parametrize("protocol", ["mqtt", "redis", "amqp"])
def test_a_broker_goes_and_comes_back(receive, request, at_once, protocol):
    server = request.getfixturevalue(SERVERS[protocol])
    taken = receive(protocol, server.port)
    server.publish("commands", b"a")
    taken.await_message("commands", b"a")
    server.stop()
    taken.await_told("the connection is lost: ")
    server.start()
    taken.await_told(f"{HOST}:{server.port}: connected")
    server.publish("commands", b"b")
    taken.await_message("commands", b"b")
    assert len(taken.messages) == len(taken.told) == 2


def test_kafkas_client_tells_once_that_the_broker_is_away(receive):
    server = Kafka()
    server.publish("commands", b"a")
    taken = receive("kafka", server.port)
    taken.await_message("commands", b"a")
    server.stop()
    taken.await_told("the client goes on trying")
    link = taken.receiver._inlet
    link._on_error(type("Error", (), {"str": lambda _: "another attempt"})())
    taken.receiver.close()
    assert len(taken.told) == 1


def report(*states):
    """What Kafka's client says of its connections, as far as it is read."""
    brokers = {
        f"{number}": {"source": source, "state": state}
        for number, (source, state) in enumerate(states)
    }
    return json.dumps({"brokers": brokers})


UP, DOWN = report(("learned", "UP")), report(("configured", "INIT"), ("logical", "UP"))


@pytest.fixture
def inlet(kafka, config):
    """A connection to Kafka whose client is not asked for its reports: the test has them come."""
    options = config('proto-cfg="statistics.interval.ms=0"')
    given = {
        "proto-lib": "libnvds_kafka_proto.so",
        "conn-str": f"{HOST};{kafka.port}",
        "topic-list": "commands",
        "proto-config-file": options,
    }
    opened = subscribe(read_settings(given, {}))
    yield opened
    if opened._consumer is not None:
        opened.close()


def told_by(inlet):
    """What the connection tells, or None."""
    try:
        assert inlet.take(0) is None
    except Trouble as problem:
        return str(problem)
    return None


def fail(inlet):
    inlet._on_error(type("Error", (), {"str": lambda _: "1/1 brokers are down"})())


def test_each_outage_of_kafka_is_told_of_and_its_end(inlet):
    for _ in range(2):
        fail(inlet)
        fail(inlet)
        assert told_by(inlet) == "1/1 brokers are down; the client goes on trying"
        for _ in range(QUIET):
            inlet._on_report(DOWN)
            assert told_by(inlet) is None
        for _ in range(QUIET - 1):
            inlet._on_report(UP)
            assert told_by(inlet) is None
        inlet._on_report(UP)
        assert told_by(inlet) == "connected"
        inlet._on_report(UP)
        assert told_by(inlet) is None


def test_one_broker_of_several_that_stays_away_is_told_of_once(inlet):
    fail(inlet)
    assert told_by(inlet) is not None
    for _ in range(3):
        for _ in range(QUIET - 1):
            inlet._on_report(UP)
        fail(inlet)
        assert told_by(inlet) is None


@pytest.mark.parametrize(("reports", "leaves"), [([], False), ([DOWN], False), ([UP], True)])
def test_the_group_of_kafka_is_left_where_a_broker_is_there(inlet, reports, leaves):
    consumer, closed = inlet._consumer, []
    inlet._consumer = SimpleNamespace(close=lambda: closed.append(True))
    fail(inlet)
    for each in reports:
        inlet._on_report(each)
    inlet.close()
    consumer.close()
    assert bool(closed) == leaves


def test_the_client_of_kafka_reports(receive, kafka):
    taken = receive("kafka", kafka.port)
    link = taken.receiver._inlet
    fail(link)
    until(lambda: link._quiet, "a report that the broker is there")


@pytest.mark.parametrize("protocol", ["mqtt", "redis", "amqp"])
def test_a_frozen_broker_does_not_keep_it_from_ending(receive, request, protocol):
    server = request.getfixturevalue(SERVERS[protocol])
    taken = receive(protocol, server.port)
    server.freeze()
    taken.receiver.close()
    assert not taken.receiver._thread.is_alive()
    assert "broker-close" not in {each.name for each in threading.enumerate()}


def test_a_redis_group_that_is_taken_away_is_made_again(receive, redis_server, at_once):
    taken = receive("redis", redis_server.port)
    with redis_server.client() as client:
        client.flushall()
        taken.await_told("the connection is lost: ")
        taken.await_told(": connected")
    redis_server.publish("commands", b"a")
    taken.await_message("commands", b"a")


def test_an_exchange_that_amqp_does_not_have(receive, amqp_server, config):
    (line,) = receive("amqp", amqp_server.port, file=config("exchange=missing")).told
    assert "NOT_FOUND" in line


def test_a_redis_key_of_another_kind(receive, redis_server):
    with redis_server.client() as client:
        client.set("commands", "a text")
    (line,) = receive("redis", redis_server.port).told
    assert "the stream 'commands': WRONGTYPE" in line


def test_an_option_that_librdkafka_does_not_have(receive, kafka, config):
    with pytest.raises(ConfigError, match="No such configuration property"):
        receive("kafka", kafka.port, file=config('consumer-proto-cfg="no.such.option=1"'))


def test_two_with_one_client_id(receive, mosquitto, config):
    file = config("client-id=mine")
    first = receive("mqtt", mosquitto.port, file=file)
    receive("mqtt", mosquitto.port, file=file)
    first.await_told("the connection is lost: ")
    assert "Unspecified" not in first.told[0]  # newer brokers give the reason


def test_certificates_that_are_missing(receive, mosquitto, config):
    with pytest.raises(ConfigError, match="enable-tls=1 needs the certificates to trust"):
        receive("mqtt", mosquitto.port, file=config("enable-tls=1"))


# ---- settings


def settings(**given):
    words = {"proto-lib": "libnvds_mqtt_proto.so", "conn-str": "host;1", **given}
    return read_settings(words, {})


@pytest.mark.parametrize("text", ["a, b", "a;b;", "a,b,a", " a ,, b "])
def test_topics_of_a_list(text):
    assert settings(**{"topic-list": text}).topics == ("a", "b")


@pytest.mark.parametrize("text", ["", " ", ",;"])
def test_a_list_without_topics(text):
    with pytest.raises(ConfigError, match="topic-list is not set: it says what messages are"):
        settings(**{"topic-list": text})


def test_a_file_is_named_as_its_property():
    with pytest.raises(ConfigError, match="proto-config-file cannot be read"):
        settings(**{"topic-list": "a", "proto-config-file": "/nowhere"})


# ---- a scripted connection


RETRY = Retry(0.001, 10)


class Script:
    """Connections that give what ``steps`` has: messages, errors; at the end nothing comes."""

    def __init__(self, *steps, retry=RETRY):
        self.steps, self.time, self.closed = list(steps), 100.0, 0
        self.idle, self.end = threading.Event(), threading.Event()
        settings = Settings("mqtt", "host", 1, "", topics=("a",))
        self.taken = Taken(
            lambda *hears: Receiver(
                settings, self.subscribe, *hears, retry=retry, clock=lambda: self.time
            )
        )

    def _next(self):
        if not self.steps:
            self.idle.set()
            self.end.wait()
            return None
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def subscribe(self, _settings):
        step = self._next()
        if isinstance(step, float):
            self.time += step
            raise AWAY
        return self

    def take(self, _seconds):
        return self._next()

    def close(self):
        self.closed += 1

    def finish(self):
        assert self.idle.wait(20)
        self.taken.receiver._over.set()
        self.end.set()
        self.taken.receiver.close()
        return self.taken


AWAY = StreamError("nobody is there")
MINE = Message("a", b"1")


def test_what_is_wrong_with_one_message_is_told():
    script = Script("open", Trouble("it is odd"), MINE)
    taken = script.finish()
    assert taken.told == ["the MQTT broker at host:1: it is odd"]
    assert taken.messages == [MINE]
    assert script.closed == 1


def test_each_outage_is_told_twice():
    script = Script("open", LinkLost("it hung up."), AWAY, AWAY, "open", MINE)
    assert script.finish().told == [
        "the MQTT broker at host:1: the connection is lost: it hung up; it is tried again every "
        "0.001 seconds",
        "the MQTT broker at host:1: connected",
    ]
    assert script.closed == 2


def test_after_the_limit_it_is_given_up():
    taken = Script(AWAY, 6.0, 6.0).taken
    taken.receiver._thread.join(20)
    assert not taken.receiver._thread.is_alive()
    assert taken.told[1] == "nobody is there, for 10 seconds by now: it is given up"
    assert len(taken.told) == 2


def test_nvidias_file_may_say_that_it_is_not_tried():
    taken = Script(AWAY, retry=Retry(0.001, 10, wanted=False)).taken
    taken.receiver._thread.join(20)
    assert not taken.receiver._thread.is_alive()
    assert "it is not tried again" in taken.told[0]


def test_no_thread_is_left(receive, redis_server):
    before = threads()
    taken = receive("redis", redis_server.port)
    assert len(threads()) == len(before) + 1
    taken.receiver.close()
    until(lambda: len(threads()) == len(before), "the thread is gone")


def test_an_entry_that_redis_is_not_told_of_is_there_all_the_same(redis_server):
    given = {
        "proto-lib": "/opt/nvidia/deepstream/deepstream/lib/libnvds_redis_proto.so",
        "conn-str": f"{HOST};{redis_server.port}",
        "topic-list": "commands",
    }
    inlet = redis_module.subscribe(read_settings(given, {}))
    with redis_server.client() as client:
        client.xadd("commands", {"metadata": b"a"})

    def lost(*_):
        raise redis.ConnectionError("gone")

    inlet._client.xack = lost
    assert inlet.take(5) == Message("commands", b"a")
    with pytest.raises(LinkLost, match="gone"):
        inlet.take(0)
    inlet.close()
