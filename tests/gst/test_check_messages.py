"""``check`` and messages: what nvmsgconv and nvmsgbroker would say at their start."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from pythiags import portable
from pythiags.description import Description
from pythiags.extras import install_line
from pythiags.gst.check import check

MINIMAL = "payload-type=PAYLOAD_DEEPSTREAM_MINIMAL"
MQTT = "proto-lib=libnvds_mqtt_proto.so"
WHOLE = f'{MQTT} conn-str="localhost;1883;topic"'


def problems(converter=MINIMAL, broker=WHOLE):
    portable.install()
    text = f"videotestsrc ! nvmsgconv {converter} ! nvmsgbroker {broker}"
    return check(Description(text))


def only(found):
    (problem,) = found
    return problem.severity, problem.code, problem.message


def test_what_is_right_passes():
    assert problems() == []
    assert problems("payload-type=1") == []
    assert problems(broker=f"{MQTT} conn-str={{there}} topic=a")[0].code == "missing-variable"


@pytest.mark.parametrize("converter", ["", "payload-type=0", "payload-type=PAYLOAD_DEEPSTREAM"])
def test_the_full_schema_wants_a_file(converter):
    severity, code, message = only(problems(converter))
    assert (severity, code) == ("error", "bad-config")
    assert "nvmsgconv has no configuration file, without which there is no full schema" in message


@pytest.mark.parametrize(
    ("broker", "expected"),
    [
        ("", "proto-lib is not set: it chooses the protocol"),
        ("proto-lib=libnvds_azure_proto.so", "Azure's protocol needs NVIDIA's library"),
        (MQTT, "conn-str is not set: it says where the broker is"),
        (f"{MQTT} conn-str=localhost", "conn-str cannot be read"),
        (f"{WHOLE} new-api=true", "topic is not set: it says what messages are sent to"),
    ],
)
def test_a_connection_that_cannot_be(broker, expected):
    severity, code, message = only(problems(broker=broker))
    assert (severity, code) == ("error", "bad-config")
    assert expected in message


def test_files_that_are_not_there_are_named_once():
    found = problems("config=/no.txt", f"{WHOLE} config=/none.txt")
    assert [(each.code, each.message) for each in found] == [
        ("missing-file", "there is no file '/no.txt'"),
        ("missing-file", "there is no file '/none.txt'"),
    ]


def test_what_is_doubtful_is_a_warning(tmp_path):
    file = tmp_path / "cfg.txt"
    file.write_text("[message-broker]\nclientid=a\n")
    found = problems(broker=f'{MQTT} conn-str="localhost;1883" config={file}')
    assert [each.severity for each in found] == ["warning"] * 2
    assert "'1883', is the topic" in found[0].message
    assert "did you mean 'client-id'?" in found[1].message


def test_a_client_that_is_missing_is_named_with_what_installs_it(monkeypatch):
    find = importlib.util.find_spec
    module = sys.modules["pythiags.gst.check_messages"]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "paho" else find(name))
    (problem,) = problems()
    assert (problem.code, problem.hint) == ("missing-package", install_line("mqtt"))


def test_no_password_is_shown():
    found = problems(broker='proto-lib=libnvds_amqp_proto.so conn-str="host;x;me;hunter2"')
    assert found
    assert not any("hunter2" in f"{each.message} {each.hint}" for each in found)
