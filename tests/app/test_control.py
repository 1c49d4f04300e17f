"""The control socket of a run: what can be asked, and what clients that misbehave can do."""

import json
import os
import socket
import threading
from contextlib import suppress

import pytest
from faults.harness import threads, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pythiags import App, ConfigError, controlsocket
from pythiags.app import control
from pythiags.app.plainstats import as_plain, from_plain
from pythiags.controlsocket import Lines, ask, names
from pythiags.errors import DescriptionError, PythiagsError
from pythiags.testing import nothing_left

TEXT = (
    "videotestsrc is-live=true name=src ! identity name=here ! fakesink name=sink "
    "souphttpsrc name=web location=http://me:hunter2@127.0.0.1:9/?token=hunter2 user-pw=hunter2 "
)
LIVE = TEXT.partition("souphttpsrc")[0]
ME = str(os.getpid())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "pythiags"


@pytest.fixture
def app():
    with App(LIVE, control=True) as app:
        app.attach("here", lambda _pad, _info: [1], lambda _events: None)
        app.start()
        until(lambda: app.stats().frames > 2, "frames")
        yield app


@pytest.fixture
def request_(folder):
    return lambda do, **arguments: ask(folder, ME, {"do": do, **arguments})


def connected(folder):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(str(folder / f"{ME}.sock"))
    return client


def answer(client):
    return json.loads(Lines(client, 1 << 20).read(10))


def flows(app):
    before = app.stats().frames
    until(lambda: app.stats().frames > before + 2, "frames")


def test_without_being_asked_for_there_is_no_socket(folder):
    with App(LIVE) as app:
        app.start()
        assert not folder.exists()


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_it_is_asked_for_with_true(value):
    with pytest.raises(ConfigError, match="invalid control"):
        App(LIVE, control=value)


def test_it_is_there_as_long_as_the_run(folder):
    with App("videotestsrc num-buffers=5 ! fakesink", control=True) as app:
        assert names() == {}
        app.start()
        app.join()
        assert names() == {}
        assert list(folder.iterdir()) == []


def test_two_apps_have_one_each(folder):
    with App(LIVE, control=True) as one, App(LIVE, control=True) as two:
        one.start()
        two.start()
        assert list(names()) == [ME, f"{ME}-2"]
        ask(folder, f"{ME}-2", {"do": "set", "element": "src", "property": "pattern", "value": 1})
        assert one.pipeline.get_by_name("src").get_property("pattern") == 0
        assert two.pipeline.get_by_name("src").get_property("pattern") == 1


def test_what_can_be_asked(app, request_):
    assert request_("get", element="src", property="pattern") == "smpte"
    assert request_("set", element="src", property="pattern", value="ball") == "ball"
    assert request_("set", element="here", property="sleep-time", value=7) == "7"
    assert app.pipeline.get_by_name("here").get_property("sleep-time") == 7
    about = request_("about")
    assert (about["state"], about["title"]) == ("running", LIVE.strip()[:59] + "…")
    assert "videotestsrc" in request_("dot").lower()


def test_the_counters_come_back_as_they_were(app, request_):
    plain = request_("stats")
    assert plain["attachments"][0]["channel"]["produced"] > 0
    now = app.stats()
    again = from_plain(json.loads(json.dumps(as_plain(now))))
    assert again.attachments == now.attachments
    assert str(again) == str(now)


def test_counters_of_errors_are_sent_as_well(folder):
    with App(LIVE, control=True) as app:
        app.attach("here", lambda _pad, _info: 1 / 0, lambda _events: None)
        app.start()
        until(lambda: app.stats().attachments[0].extraction.errors, "an error")
        (attachment,) = ask(folder, ME, {"do": "stats"})["attachments"]
        assert attachment["extraction"]["errors"]["ZeroDivisionError"] > 0


def test_sources_come_and_go(folder):
    from pythiags import data

    mixer = (
        "videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! nvvideoconvert ! m.sink_0 "
        "nvstreammux name=m batch-size=4 width=64 height=48 live-source=true "
        "batched-push-timeout=40000 ! fakesink"
    )
    with App(mixer, control=True) as app:
        app.start()
        uri = data.path("pedestrians.h264").as_uri()
        assert ask(folder, ME, {"do": "add-source", "uri": uri}) == "source0"
        assert ask(folder, ME, {"do": "add-source", "uri": uri, "name": "yard"}) == "yard"
        assert {each.name for each in app.stats().sources} == {"source0", "yard"}
        assert {each["name"] for each in ask(folder, ME, {"do": "stats"})["sources"]} == {
            "source0",
            "yard",
        }
        assert ask(folder, ME, {"do": "remove-source", "name": "yard"}) is None
        with pytest.raises(ConfigError, match="no source 'yard'"):
            ask(folder, ME, {"do": "remove-source", "name": "yard"})
        with pytest.raises(ConfigError, match="no element reads URIs"):
            ask(folder, ME, {"do": "add-source", "uri": "nosuch://u:hunter2@h/"})


def test_no_reply_has_a_secret(folder, caplog, monkeypatch):
    replies = []
    send = control.send
    monkeypatch.setattr(
        control, "send", lambda *rest: replies.append(json.dumps(rest[1])) or send(*rest)
    )
    # The source of the network is not started: it only has to be there.
    with App(f"{TEXT} ! fakesink", control=True) as app:
        app.pipeline.get_by_name("web").set_locked_state(True)
        app.start()
        for request in (
            {"do": "dot"},
            {"do": "stats"},
            {"do": "about"},
            {"do": "get", "element": "web", "property": "location"},
            {"do": "get", "element": "web", "property": "user-pw"},
            {"do": "set", "element": "web", "property": "user-pw", "value": "hunter2 again"},
            {"do": "set", "element": "src", "property": "is-live", "value": "http://u:hunter2@h"},
            {"do": "add-source", "uri": "nosuch://u:hunter2@h/"},
            {"do": "http://u:hunter2@h/"},
        ):
            with suppress(PythiagsError):
                ask(folder, ME, request)
    assert len(replies) == 9
    assert "hunter2" not in "".join(replies)
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("request_text", "kind", "message"),
    [
        (b"garbage\x00\xff", ConfigError, "is not JSON"),
        (b"", ConfigError, "is not JSON"),
        (b"[1]", ConfigError, "not a JSON object"),
        (b"[" * 60000, ConfigError, "is not JSON"),
        (b'{"do": ' + b"9" * 5000 + b"}", ConfigError, "not JSON|no command"),
        (b"{}", ConfigError, "there is no command 'None'"),
        (b'{"do": ["set"]}', ConfigError, "there is no command"),
        (b'{"do": "sett"}', ConfigError, "did you mean 'set'"),
        (b'{"do": "stop"}', ConfigError, "there is no command 'stop'"),
        (b'{"do": "get"}', ConfigError, "lacks the argument 'element'"),
        (b'{"do": "get", "element": 1, "property": "x"}', ConfigError, "has to be a text"),
        (b'{"do": "get", "elemnt": "src"}', ConfigError, "did you mean 'element'"),
        (
            b'{"do": "get", "element": "scr", "property": "x"}',
            DescriptionError,
            "no element named 'scr'",
        ),
        (
            b'{"do": "get", "element": "src", "property": "patern"}',
            ConfigError,
            "did you mean 'pattern'",
        ),
        (
            b'{"do": "set", "element": "src", "property": "pattern", "value": [1]}',
            ConfigError,
            "a text or a number",
        ),
        (
            b'{"do": "set", "element": "src", "property": "pattern", "value": "bal"}',
            ConfigError,
            "not valid",
        ),
        (
            b'{"do": "set", "element": "src", "property": "num-buffers", "value": NaN}',
            ConfigError,
            "not valid|out of range",
        ),
        (b'{"do": "remove-source", "name": "x"}', DescriptionError, "at one nvstreammux"),
    ],
)
def test_what_cannot_be_done_is_an_error(app, folder, request_text, kind, message):
    with connected(folder) as client:
        client.sendall(request_text + b"\n")
        reply = answer(client)
        assert not reply["ok"]
        with pytest.raises(kind, match=message):
            raise controlsocket.error_of(reply["error"])
        client.sendall(b'{"do": "about"}\n')  # on the same connection
        assert answer(client)["ok"]
    flows(app)


def test_a_property_that_cannot_change_while_it_plays_is_refused(folder, tmp_path):
    (tmp_path / "x").write_text("a file")
    with App(f"{LIVE} filesrc name=file location={tmp_path}/x ! fakesink", control=True) as app:
        app.start()
        until(lambda: app.stats().frames > 2, "frames")
        request = {"do": "set", "element": "file", "property": "location", "value": "/y"}
        with pytest.raises(ConfigError, match="can be changed only while 'file' is READY"):
            ask(folder, ME, request)
        where = {"element": "file", "property": "location"}
        assert ask(folder, ME, {"do": "get", **where}) == f"{tmp_path}/x"


def test_a_message_of_100_mb_is_refused_at_once(app, folder):
    sent, over = [0], threading.Event()

    def flood(client):
        block = b"x" * (1 << 20)
        try:
            for _ in range(100):
                client.sendall(block)
                sent[0] += len(block)
        except OSError:
            over.set()

    with connected(folder) as client:
        thread = threading.Thread(target=flood, args=(client,), daemon=True)
        thread.start()
        reply = answer(client)
        assert "more than 65536 bytes" in reply["error"]["message"]
        assert over.wait(10)
        thread.join()
    assert sent[0] < 10 << 20
    flows(app)


def test_clients_that_send_nothing_or_read_nothing_disturb_nobody(app, folder, request_):
    with nothing_left():
        clients = [connected(folder) for _ in range(control.MOST_CLIENTS - 1)]
        clients[0].sendall(b'{"do": "get", ')  # and no more
        clients[1].sendall(b'{"do": "dot"}\n' * 4000)  # and reads no answer
        clients[2].sendall(b'{"do": "stats"}\n')
        clients[2].shutdown(socket.SHUT_WR)
        assert answer(clients[2])["ok"]
        assert request_("about")["state"] == "running"
        flows(app)
        for client in clients:
            client.close()


def test_one_client_too_many_is_told_so(app, folder):
    clients = [connected(folder) for _ in range(control.MOST_CLIENTS)]
    for client in clients:
        client.sendall(b'{"do": "about"}\n')
        assert answer(client)["ok"]
    with connected(folder) as late:
        assert "8 connections already" in answer(late)["error"]["message"]
    for _ in range(20):  # the answer may be there before the question
        with pytest.raises(PythiagsError, match="8 connections already"):
            ask(folder, ME, {"do": "about"})
    for client in clients:
        client.close()
    flows(app)


@pytest.fixture
def no_threads(monkeypatch):
    """Names of threads that cannot be started, as where a process may have no more."""
    names = set()
    start = threading.Thread.start

    def refuse(thread):
        if thread.name in names:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    return names


def test_without_a_thread_for_a_client_it_is_told_so_and_the_run_goes_on(app, folder, no_threads):
    no_threads.add("pythiags-control-client")
    for _ in range(control.MOST_CLIENTS + 1):  # none of them takes a place
        with connected(folder) as client:
            error = answer(client)["error"]
        assert "can't start new thread" in error["message"]
        assert "ulimit -u" in error["hint"]
    no_threads.clear()
    with connected(folder) as client:
        client.sendall(b'{"do": "about"}\n')
        assert answer(client)["ok"]
    flows(app)
    assert app.stop().reason == "stop"


def test_without_a_thread_that_listens_the_start_is_refused(folder, no_threads):
    no_threads.add("pythiags-control")
    with App(LIVE, control=True) as app:
        with pytest.raises(ConfigError, match="control socket cannot be served"):
            app.start()
        assert list(folder.iterdir()) == []


def test_clients_that_are_slow_are_given_up(app, folder, monkeypatch):
    monkeypatch.setattr(control, "PATIENCE", 0.05)
    with connected(folder) as client:
        client.sendall(b'{"do": ')
        assert client.recv(10) == b""


def test_the_end_does_not_wait_for_clients(folder):
    with App(LIVE, control=True) as app:
        app.start()
        before = {each for each in threads() if "control" in each.name}
        client = connected(folder)
        client.sendall(b'{"do": "about"}\n{"do":')
        assert answer(client)["ok"]
        app.stop()
        assert client.recv(10) == b""
        client.close()
    assert before
    until(lambda: not [each for each in threads() if "control" in each.name], "no thread is left")


def test_another_user_is_refused(app, folder, monkeypatch, caplog):
    monkeypatch.setattr(control, "peer_user", lambda _connection: 12345)
    with connected(folder) as client:
        reply = answer(client)
    assert "only the user who started this run" in reply["error"]["message"]
    assert "refused to user 12345" in caplog.text
    flows(app)


def test_a_fault_of_ours_is_an_answer(app, request_, monkeypatch, caplog):
    monkeypatch.setattr(control, "as_plain", lambda _stats: 1 / 0)
    with pytest.raises(PythiagsError, match="internal error: ZeroDivisionError"):
        request_("stats")
    assert "a request failed" in caplog.text
    flows(app)


def test_a_socket_that_cannot_be_opened_ends_the_start(folder):
    folder.write_text("a file")
    with App(LIVE, control=True) as app:
        with pytest.raises(ConfigError, match="control socket cannot be opened"):
            app.start()
        assert app.stats().frames == 0


ACTIONS = ("set", "get", "stats", "dot", "about", "add-source", "remove-source")
NAMES = ("do", "element", "property", "value", "uri", "name", "src", "sink", "pattern", "sink.sink")
WORDS = st.sampled_from([*ACTIONS, *NAMES])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
REQUESTS = st.dictionaries(WORDS, VALUES, max_size=5) | st.fixed_dictionaries(
    {"do": WORDS}, optional={"element": WORDS, "property": WORDS, "value": VALUES, "name": WORDS}
)


@pytest.fixture(scope="module")
def fuzzed():
    with App("videotestsrc name=src ! fakesink name=sink") as app:
        asked = control.Control(app, "fuzzed")
        asked._actions = control._actions(app, app.pipeline, "fuzzed")
        yield asked


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(line=st.binary(max_size=99) | REQUESTS.map(lambda request: json.dumps(request).encode()))
def test_whatever_is_asked_there_is_an_answer(fuzzed, line):
    answered = fuzzed._answer(line)
    assert answered.keys() == ({"ok", "result"} if answered["ok"] else {"ok", "error"})
    assert "internal error" not in json.dumps(answered)
