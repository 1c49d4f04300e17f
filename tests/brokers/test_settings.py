"""What the properties of nvmsgbroker mean, as they do to NVIDIA's adaptors."""

import pytest

from pythiags.brokers import protocol_of, read_settings
from pythiags.brokers.broker import Retry, read_retry
from pythiags.brokers.kafka import _options, partition_key
from pythiags.errors import ConfigError

LIBRARY = "/opt/nvidia/deepstream/deepstream/lib/libnvds_{}_proto.so"


def settings(protocol, conn_str="host;1234;topic", environ=None, **more):
    given = {"proto-lib": LIBRARY.format(protocol), **more}
    if conn_str:
        given["conn-str"] = conn_str
    return read_settings(given, environ or {})


@pytest.fixture
def config(tmp_path):
    """``config("key=value")``: a file of these keys."""

    def write(text, group="[message-broker]"):
        path = tmp_path / "cfg.txt"
        path.write_text(f"{group}\n{text}\n")
        return str(path)

    return write


@pytest.mark.parametrize("protocol", ["kafka", "mqtt", "amqp", "redis"])
@pytest.mark.parametrize("form", ["libnvds_{}_proto.so", LIBRARY, "../lib/libnvds_{}_proto.so.9.1"])
def test_the_name_of_the_library_chooses_the_protocol(protocol, form):
    assert protocol_of(form.format(protocol)) == protocol


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        (None, "proto-lib is not set: it chooses the protocol"),
        (LIBRARY.format("azure"), "Azure's protocol needs NVIDIA's library, and DeepStream"),
        ("libnvds_azure_edge_proto.so", "an IoT hub speaks MQTT too"),
        ("/mine/libnvds_mqt_proto.so", "did you mean 'libnvds_mqtt_proto.so'?"),
        ("/mine/libmine.so", "proto-lib names a library of its own, which needs DeepStream"),
    ],
)
def test_another_library_is_refused(library, expected):
    with pytest.raises(ConfigError) as raised:
        protocol_of(library)
    assert expected in str(raised.value)


@pytest.mark.parametrize("protocol", ["kafka", "mqtt", "redis"])
def test_host_port_and_topic(protocol):
    found = settings(protocol)
    assert (found.host, found.port, found.topic) == ("host", 1234, "topic")
    assert settings(protocol, topic="mine").topic == "mine"
    assert (found.notes, found.new_api) == ((), False)


@pytest.mark.parametrize("protocol", ["kafka", "mqtt", "redis"])
def test_without_a_topic_the_port_is_one_as_with_deepstream(protocol):
    found = settings(protocol, "host;1234")
    assert found.topic == "1234"
    (note,) = found.notes
    assert "its last part, '1234', is the topic, as with DeepStream" in note


def test_the_new_library_wants_a_topic():
    with pytest.raises(ConfigError, match=r"the third part of conn-str does not count"):
        settings("mqtt", **{"new-api": "1"})
    found = settings("mqtt", topic="mine", **{"new-api": "1"})
    assert (found.topic, found.new_api) == ("mine", True)


@pytest.mark.parametrize(
    ("conn_str", "expected"),
    [
        ("", "conn-str is not set: it says where the broker is"),
        ("host", "conn-str cannot be read"),
        (";1234;topic", "conn-str cannot be read"),
        ("a;1;b;c", "conn-str cannot be read"),
        ("host;port;topic", "the broker's port is not a number"),
        ("host;70000;topic", "the broker's port is not a number"),
        ("host;;topic", "the broker's port is not a number"),
    ],
)
@pytest.mark.parametrize("protocol", ["kafka", "mqtt"])
def test_an_address_that_cannot_be(protocol, conn_str, expected):
    with pytest.raises(ConfigError) as raised:
        settings(protocol, conn_str)
    assert expected in str(raised.value)


@pytest.mark.parametrize("protocol", ["amqp", "redis"])
def test_the_address_may_be_in_the_file(config, protocol):
    file = config("hostname=there\nport=99\nusername=me\npassword=secret\ntopic=of-file")
    found = settings(protocol, None, config=file, topic="mine")
    assert (found.host, found.port, found.topic) == ("there", 99, "mine")
    assert found.password == "secret"


def test_amqp_has_a_port_and_a_topic_by_default(config):
    found = settings("amqp", None, config=config("hostname=there\nusername=me\npassword=secret"))
    assert (found.port, found.topic) == (5672, "deepstream_topic")


@pytest.mark.parametrize(
    ("conn_str", "environ", "expected"),
    [
        ("host;5672;guest;guest", {}, ("guest", "guest")),
        ("host;5672;guest", {}, ("guest", "of-file")),
        ("host;5672", {}, ("me", "of-file")),
        ("host;5672;a;b", {"USER_AMQP": "c", "PASSWORD_AMQP": "d"}, ("c", "d")),
    ],
)
def test_who_connects_to_amqp(config, conn_str, environ, expected):
    file = config("username=me\npassword=of-file")
    found = settings("amqp", conn_str, environ, config=file)
    assert (found.username, found.password) == expected
    assert found.topic == "deepstream_topic"  # never the last part, which may be a password


def test_amqp_wants_a_user():
    with pytest.raises(ConfigError, match="the AMQP broker wants a user's name and a password"):
        settings("amqp", "host;5672")


@pytest.mark.parametrize(("protocol", "user"), [("mqtt", "c"), ("redis", "")])
def test_the_environment_counts_more_than_the_file(config, protocol, user):
    file = config("password=of-file")
    environ = {
        f"{word}_{protocol.upper()}": value for word, value in (("USER", "c"), ("PASSWORD", "d"))
    }
    assert settings(protocol, config=file).password == "of-file"
    found = settings(protocol, environ=environ, config=file)
    assert (found.username, found.password) == (user, "d")


def test_no_password_is_shown(config):
    found = settings("amqp", "host;5672;me;hunter2", config=config("password=hunter3"))
    assert "hunter" not in repr(found) + found.address
    for conn_str in ("host;hunter2", "host;x;me;hunter2", "a;1;b;c;hunter2"):
        with pytest.raises(ConfigError) as raised:
            settings("amqp", conn_str)
        assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "group", "expected"),
    [
        ("", "[broker]", "config has no group [message-broker]"),
        ("key", "[message-broker]", "config is not a file of [group] and key=value"),
        ("a=b", "# nothing", "config is not a file of [group] and key=value"),
    ],
)
def test_a_file_that_cannot_be(config, text, group, expected):
    with pytest.raises(ConfigError) as raised:
        settings("mqtt", config=config(text, group))
    assert expected in str(raised.value)


def test_a_file_that_is_not_there():
    with pytest.raises(ConfigError, match="config cannot be read: No such file"):
        settings("mqtt", config="/nowhere.txt")


def test_a_key_that_is_not_known_is_noted(config):
    file = config("client_id=a\nclient-id=b\n#username=x\nshare-connection=1")
    found = settings("mqtt", config=file)
    assert found.notes == (
        f"{file}: [message-broker] client_id is not known, and not read: did you mean 'client-id'?",
    )
    assert found.keys["client-id"] == "b"


@pytest.mark.parametrize(("text", "expected"), [("", 7), ("12", 12)])
def test_a_number_of_the_file(config, text, expected):
    assert settings("mqtt", config=config(f"keep-alive={text}")).number("keep-alive", 7) == expected


@pytest.mark.parametrize("text", ["x", "-1", "1.5"])
def test_a_number_that_is_none(config, text):
    with pytest.raises(ConfigError, match="keep-alive is not a number from 0 on"):
        settings("mqtt", config=config(f"keep-alive={text}")).number("keep-alive", 7)


# ---- Kafka


def test_the_options_of_librdkafka(config):
    found = settings("kafka", config=config('proto-cfg = "message.timeout.ms=2000;retries=5;"'))
    assert dict(_options(found, "proto-cfg")) == {"message.timeout.ms": "2000", "retries": "5"}


@pytest.mark.parametrize("text", ["message.timeout.ms=2000", '"retries"', '"'])
def test_options_that_cannot_be_read(config, text):
    found = settings("kafka", config=config(f"proto-cfg={text}"))
    with pytest.raises(ConfigError, match="proto-cfg "):
        dict(_options(found, "proto-cfg"))


FRAME = b"\x0a\x034.0\x12\x0230\x1a\x00\x22\x03CAM\x2a\x00"


@pytest.mark.parametrize(
    ("payload", "path", "expected"),
    [
        (b'{"sensor": {"id": "C"}}', "sensor.id", "C"),
        (b'{"sensor": {"id": "%s"}}' % (b"x" * 200), "sensor.id", "x" * 99),
        (b'{"sensorId": "C"}', "sensorId", "C"),
        (b'{"sensor": null}', "sensor.id", None),
        (b'{"sensor": {"id": 5}}', "sensor.id", None),
        (b"[]", "sensor.id", None),
        (FRAME, "sensor.id", "CAM"),
        (b"\xff\xff", "sensor.id", None),
        (b"", "sensor.id", None),
        (b"\x22\x03C", "sensor.id", "C"),
        (b"\x08\x01\x22\x01C", "sensor.id", None),
    ],
)
def test_what_chooses_the_partition(payload, path, expected):
    assert partition_key(payload, path) == expected


# ---- connecting again


def test_how_a_connection_is_tried_again_is_in_nvidias_file(tmp_path):
    assert read_retry(str(tmp_path / "nothing")) == Retry(2, 360, wanted=True)
    file = tmp_path / "cfg_nvmsgbroker.txt"
    file.write_text("[nvmsgbroker]\nauto-reconnect=0\nretry-interval=5\nmax-retry-limit=60\n")
    assert read_retry(str(file)) == Retry(5, 60, wanted=False)
    file.write_text("[nvmsgbroker]\nretry-interval=often\n")
    assert read_retry(str(file)) == Retry()
