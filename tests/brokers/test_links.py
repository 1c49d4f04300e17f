"""Messages arrive at real brokers, and what goes wrong with these is told."""

import json
import sys
import threading

import pytest
from faults.harness import until
from standins.brokers import HOST, Mosquitto, Redis, free_port, running

from pythiags.brokers import NAMES, mqtt, open_broker, read_settings
from pythiags.brokers import broker as broker_module
from pythiags.errors import ConfigError, MissingDependency, StreamError


@pytest.fixture
def connect():
    """``connect(protocol, port, ...)``: a broker; it is closed after the test."""
    opened = []

    def open_one(protocol, port, conn_str="", **given):
        rest = conn_str or (";guest;guest" if protocol == "amqp" else ";detections")
        settings = {
            "proto-lib": f"libnvds_{protocol}_proto.so",
            "conn-str": f"{HOST};{port}{rest}",
            **{name.replace("_", "-"): value for name, value in given.items()},
        }
        opened.append(open_broker(read_settings(settings, {})))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close(0)


@pytest.fixture
def config(tmp_path):
    """``config("key=value")``: a file of these keys."""

    def write(text):
        path = tmp_path / "cfg.txt"
        path.write_text(f"[message-broker]\n{text}\n")
        return str(path)

    return write


# ---- what arrives


def test_mqtt(connect, mosquitto):
    broker = connect("mqtt", mosquitto.port)
    sent = [b"%d \xff\0" % number for number in range(50)]
    assert not any(broker.send(each).problem for each in sent)
    until(lambda: len(mosquitto.messages) == 50, "the messages")
    assert mosquitto.messages == [("detections", each) for each in sent]
    assert broker.close(5).lost == 0


def test_redis(connect, redis_server, config):
    broker = connect("redis", redis_server.port)
    assert broker.send(b"a \xff\0").problem is None
    assert redis_server.entries("detections") == [{b"metadata": b"a \xff\0"}]
    file = config("payloadkey=mine\nstreamsize=2\nflush-timeout=1500")
    broker = connect("redis", redis_server.port, topic="other", config=file)
    for number in range(500):
        broker.send(b"%d" % number)
    found = redis_server.entries("other")
    assert found[-1] == {b"mine": b"499"}
    assert len(found) < 500  # the server cuts a stream now and then
    assert broker.patience == 1.5


def test_kafka(connect, kafka, config):
    broker = connect("kafka", kafka.port, config=config("partition-key=sensorId"))
    sent = [json.dumps({"sensorId": "C", "n": number}).encode() for number in range(20)]
    for each in sent:
        assert broker.send(each).problem is None
    assert broker.close(20).lost == 0
    # One key is one partition, which keeps the order.
    assert kafka.messages("detections", 20) == [(b"C", each) for each in sent]


def test_amqp(connect, amqp_server, config):
    broker = connect("amqp", amqp_server.port, config=config("exchange=mine"), topic="road.cars")
    broker.send(b"a" * 200_000)  # several frames
    assert broker.close(5).lost == 0
    until(lambda: amqp_server.messages, "the message")
    ((exchange, topic, body, properties),) = amqp_server.messages
    assert (exchange, topic, body) == ("mine", "road.cars", b"a" * 200_000)
    assert (properties.content_type, properties.delivery_mode) == ("text/plain", 2)


def test_amqps_own_exchange_and_topic(connect, amqp_server):
    connect("amqp", amqp_server.port).send(b"a")
    until(lambda: amqp_server.messages, "the message")
    assert amqp_server.messages[0][:3] == ("amq.topic", "deepstream_topic", b"a")


# ---- who is not there, and who is refused


@pytest.mark.parametrize("protocol", NAMES)
def test_a_broker_that_is_not_there(connect, protocol):
    port = free_port()
    with pytest.raises(StreamError) as raised:
        connect(protocol, port)
    message = str(raised.value)
    assert f"the {NAMES[protocol]} broker at {HOST}:{port} cannot be connected to: " in message
    assert "refused" in message


@pytest.mark.parametrize("protocol", NAMES)
def test_a_client_that_is_not_installed(connect, monkeypatch, protocol):
    package = {"kafka": "confluent_kafka", "mqtt": "paho.mqtt"}.get(protocol, "")
    monkeypatch.setitem(sys.modules, package or {"amqp": "pika", "redis": "redis"}[protocol], None)
    with pytest.raises(MissingDependency) as raised:
        connect(protocol, 1)
    assert f"the client for {NAMES[protocol]} cannot be imported" in str(raised.value)
    assert "pip install " in str(raised.value)


def test_mosquitto_knows_its_users(connect, tmp_path, config):
    with running(Mosquitto(tmp_path, {"me": "hunter2"})) as server:
        right = config("username=me\npassword=hunter2\nclient-id=mine\nkeep-alive=30")
        server.watch()
        connect("mqtt", server.port, config=right).send(b"a")
        until(lambda: server.messages, "the message")
        with pytest.raises(StreamError, match=r"(?i)not authori[sz]ed") as raised:
            connect("mqtt", server.port, config=config("username=me\npassword=hunter3"))
        assert "hunter" not in str(raised.value)


def test_redis_knows_its_password(connect, tmp_path, config):
    with running(Redis(tmp_path, "hunter2")) as server:
        assert connect("redis", server.port, config=config("password=hunter2")).send(b"a").lost == 0
        for text in ("password=hunter3", ""):
            with pytest.raises(StreamError) as raised:
                connect("redis", server.port, config=config(text))
            assert "hunter" not in str(raised.value)


def test_amqp_knows_its_users(connect, amqp_server):
    with pytest.raises(StreamError) as raised:
        connect("amqp", amqp_server.port, ";guest;hunter3")
    assert "ACCESS_REFUSED" in str(raised.value)
    assert "hunter" not in str(raised.value)


# ---- messages that are refused


def test_a_redis_key_of_another_kind(connect, redis_server):
    with redis_server.client() as client:
        client.set("detections", "a text")
    broker = connect("redis", redis_server.port)
    report = broker.send(b"a")
    assert (report.lost, report.ended) == (1, False)
    assert "WRONGTYPE" in report.problem
    with redis_server.client() as client:
        client.delete("detections")
    assert broker.send(b"b").lost == 0


def test_an_exchange_that_is_not_there(connect, amqp_server, config):
    broker = connect("amqp", amqp_server.port, config=config("exchange=missing"))
    reports = []

    def refused():
        reports.append(broker.send(b"a"))
        return reports[-1].problem

    until(refused, "the broker's refusal")
    assert "NOT_FOUND" in reports[-1].problem
    assert not reports[-1].ended


def test_a_topic_that_mqtt_does_not_have(connect, mosquitto):
    report = connect("mqtt", mosquitto.port, topic="all/#").send(b"a")
    assert (report.lost, report.ended) == (1, False)
    assert "wildcard" in report.problem.lower()


def test_what_kafka_cannot_deliver_is_told(connect, config):
    """The server goes away with its owner."""
    from standins.brokers import Kafka

    server = Kafka()
    file = config('proto-cfg="message.timeout.ms=3000"')
    broker = connect("kafka", server.port, config=file)
    server.stop()
    reports = [broker.send(b"a")]

    def lost():
        reports.append(broker.ask())
        return any(each.lost for each in reports)

    until(lost, "the delivery report")
    assert not any(each.ended for each in reports)
    assert any("messages wait until it is back" in (each.problem or "") for each in reports)


def test_a_loss_does_not_hide_the_outage_before_it(connect, kafka):
    """Both are told of by one call, if the client had no other in between."""
    from confluent_kafka import KafkaError

    broker = connect("kafka", kafka.port)
    broker._link._on_error(KafkaError(KafkaError._ALL_BROKERS_DOWN, "nobody is there"))
    for _ in range(2):
        broker._link._on_delivery(KafkaError(KafkaError._MSG_TIMED_OUT, "it took too long"), None)
    report = broker.ask()
    assert report.lost == 2
    assert report.problem.endswith(
        ": nobody is there; messages wait until it is back. it took too long"
    )
    assert broker.ask().problem is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('proto-cfg="no.such.option=1"', "No such configuration property"),
        ('proto-cfg="retries=often"', "retries"),
    ],
)
def test_an_option_that_librdkafka_does_not_have(connect, kafka, config, text, expected):
    with pytest.raises(ConfigError) as raised:
        connect("kafka", kafka.port, config=config(text))
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("enable-tls=1", "enable-tls=1 needs the certificates to trust"),
        ("enable-tls=1\ntls-cafile=/nowhere", "the certificates cannot be read"),
    ],
)
def test_certificates_that_cannot_be(connect, mosquitto, config, text, expected):
    with pytest.raises(ConfigError, match=expected):
        connect("mqtt", mosquitto.port, config=config(text))


# ---- brokers that go away


def lose(server, broker):
    """Send until the connection is known to be lost; the report that says so."""
    server.stop()
    reports = []

    def told():
        reports.append(broker.send(b"a"))
        return reports[-1].lost

    until(told, "the loss")
    return reports[-1]


@pytest.mark.parametrize(("protocol", "ended"), [("mqtt", True), ("redis", False), ("amqp", False)])
def test_a_broker_that_goes_away(connect, request, protocol, ended):
    name = "mosquitto" if protocol == "mqtt" else f"{protocol}_server"
    server = request.getfixturevalue(name)
    report = lose(server, connect(protocol, server.port))
    assert "the connection is lost: " in report.problem
    assert "set new-api=true" in report.problem
    assert report.ended is ended


@pytest.mark.parametrize("protocol", ["mqtt", "redis", "amqp"])
def test_a_broker_that_is_frozen_is_not_waited_for(connect, request, monkeypatch, protocol):
    server = request.getfixturevalue("mosquitto" if protocol == "mqtt" else f"{protocol}_server")
    broker = connect(protocol, server.port)
    monkeypatch.setattr(mqtt, "SECONDS", 1.0)  # the others were told when they connected
    server.freeze()
    reports = []

    def lost():
        reports.append(broker.send(b"a" * 500_000))
        return reports[-1].lost

    until(lost, "the loss")
    assert "the connection is lost: " in reports[-1].problem
    broker.close(0.1)  # and that comes to an end, too


@pytest.mark.parametrize("protocol", ["mqtt", "redis", "amqp"])
def test_a_frozen_broker_does_not_keep_a_stream_from_ending(connect, request, protocol):
    server = request.getfixturevalue("mosquitto" if protocol == "mqtt" else f"{protocol}_server")
    broker = connect(protocol, server.port)
    server.freeze()
    broker.close(0.1)
    assert "broker-close" not in {each.name for each in threading.enumerate()}


@pytest.mark.parametrize("protocol", ["mqtt", "redis"])
def test_with_the_new_library_it_comes_back(connect, request, monkeypatch, protocol):
    server = request.getfixturevalue("mosquitto" if protocol == "mqtt" else f"{protocol}_server")
    monkeypatch.setattr(broker_module, "read_retry", lambda _: broker_module.Retry(0, 1e9))
    broker = connect(protocol, server.port, topic="detections", new_api="1")
    assert not lose(server, broker).ended
    assert broker.send(b"b").lost == 1
    server.start()
    if protocol == "mqtt":
        server.watch()
    until(lambda: broker.send(b"c").lost == 0, "the connection")
    if protocol == "mqtt":
        until(lambda: ("detections", b"c") in server.messages, "the message")
    else:
        assert {b"metadata": b"c"} in server.entries("detections")
