"""The control socket: its name, its mode, who is at the other end, and messages of any size."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading

import pytest

from pythiags import controlsocket
from pythiags.controlsocket import ControlSocket, Lines, TooLong, ask, error_of, folders, names
from pythiags.errors import ConfigError, DrainTimeout, MetadataLayoutError, PythiagsError

ME = str(os.getpid())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder where sockets are."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "pythiags"


@pytest.fixture
def opened(folder):
    made = ControlSocket()
    yield made
    made.close()


def test_only_the_owner_can_open_it(opened, folder):
    assert opened.path == folder / f"{ME}.sock"
    assert stat.S_IMODE(opened.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_liberal_umask_changes_nothing(folder):
    before = os.umask(0)
    try:
        made = ControlSocket()
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    made.close()


def test_it_is_removed_at_the_end(folder):
    made = ControlSocket()
    assert names() == {ME: folder}
    made.close()
    assert list(folder.iterdir()) == []
    assert names() == {}


def test_two_runs_of_a_process_do_not_collide(opened, folder):
    second = ControlSocket()
    assert names() == {ME: folder, f"{ME}-2": folder}
    opened.close()
    assert names() == {f"{ME}-2": folder}
    second.close()


def test_the_socket_of_a_killed_run_is_replaced(folder):
    folder.mkdir(mode=0o700)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(folder / f"{ME}.sock"))
    left.close()  # as the kernel does; the file stays
    made = ControlSocket()
    assert made.name == ME
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(made.path))
    made.close()


def test_the_sockets_of_killed_runs_are_not_listed_and_go_away(folder):
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "77.sock"))
    (folder / "notes.txt").touch()
    assert names() == {}
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]


def test_what_another_run_has_put_in_its_place_stays(opened, folder):
    opened.path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(opened.path))
        opened.close()
        assert opened.path.exists()


def test_a_path_that_is_too_long_for_a_socket_will_do(tmp_path, monkeypatch):
    deep = tmp_path / ("x" * 100) / ("y" * 100)
    deep.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    made = ControlSocket()
    assert names() == {ME: deep / "pythiags"}
    made.close()


def test_a_folder_to_which_others_may_write_is_refused(folder):
    folder.mkdir()
    folder.chmod(0o777)
    for call in (ControlSocket, names):
        with pytest.raises(ConfigError, match="others may write") as caught:
            call()
        assert "chmod 700" in caught.value.hint


def test_a_folder_of_another_user_is_refused(folder, monkeypatch):
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(controlsocket, "_is_mine", lambda _folder: True)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(ConfigError, match="others may write"):
        ControlSocket()


def test_a_folder_that_cannot_be_made_is_named(folder):
    folder.write_text("a file")
    with pytest.raises(ConfigError, match="cannot be opened") as caught:
        ControlSocket()
    assert caught.value.where == str(folder)


@pytest.fixture
def usual(tmp_path, monkeypatch):
    """What is in the place of /run/user/UID: it is not there yet."""
    monkeypatch.setattr(controlsocket, "USUAL", str(tmp_path / "user-{}"))
    return tmp_path / f"user-{os.geteuid()}"


@pytest.fixture
def boot(tmp_path, monkeypatch):
    """What is in the place of the file with the number of this boot."""
    path = tmp_path / "boot_id"
    path.write_text("here-1\n")
    monkeypatch.setattr(controlsocket, "BOOT", path)
    return path


@pytest.mark.parametrize("runtime", [None, "", "relative", "/no/such/folder"])
@pytest.mark.usefixtures("usual", "boot")
def test_without_a_runtime_folder_it_is_among_the_state_files(tmp_path, monkeypatch, runtime):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if runtime is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    assert folders() == [tmp_path / "run" / "here-1"]


@pytest.mark.usefixtures("boot")
def test_the_usual_runtime_folder_is_taken_where_no_variable_names_it(tmp_path, monkeypatch, usual):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    usual.mkdir()
    assert folders() == [usual / "pythiags", tmp_path / "run" / "here-1"]


@pytest.mark.usefixtures("usual")
def test_on_a_shared_home_the_sockets_of_other_machines_are_left_alone(tmp_path, monkeypatch, boot):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    made = ControlSocket()
    boot.write_text("there-1\n")
    with socket.socket(socket.AF_UNIX) as other:  # nobody listens on it, as seen from here
        controlsocket.make_private(folders()[0])
        far = folders()[0] / "77.sock"
        other.bind(str(far))
    boot.write_text("here-1\n")
    assert names() == {ME: tmp_path / "run" / "here-1"}
    assert far.exists()
    assert [each.name for each in made.path.parent.iterdir()] == [f"{ME}.sock"]
    made.close()


@pytest.mark.usefixtures("usual")
def test_without_a_number_of_the_boot_the_host_is_told_by_its_name(tmp_path, monkeypatch, boot):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    boot.unlink()
    assert folders() == [tmp_path / "run" / os.uname().nodename]


@pytest.mark.usefixtures("boot", "usual")
def test_a_runtime_folder_of_another_user_is_not_taken(tmp_path, monkeypatch):
    """As sudo leaves it in the environment."""
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert folders()[0] == tmp_path / "state" / "run" / "here-1"


def test_without_a_home_the_runtime_folder_will_do(folder, monkeypatch):
    for name in ("PYTHIAGS_STATE_DIR", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pathlib.Path.home", lambda: (_ for _ in ()).throw(RuntimeError))
    assert folders()[0] == folder


def test_who_is_at_the_other_end(opened):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(opened.path))
        server, _ = opened.socket.accept()
        with server:
            assert controlsocket.peer_user(server) == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_is_known_as_such():
    address = "\0pythiags-test-" + ME  # without a file: no mode keeps others out
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        code = (
            "import os, socket, sys\nos.setuid(65534)\ns = socket.socket(socket.AF_UNIX)\n"
            f"s.connect({address!r})\nsys.stdin.read()"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
            server, _ = listener.accept()
            with server:
                assert controlsocket.peer_user(server) == 65534
            child.stdin.close()


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def test_lines_come_one_by_one_however_they_were_sent():
    near, far = pair()
    with near, far:
        lines = Lines(near, 100)
        far.sendall(b"one\ntwo\nthr")
        assert [lines.read(5), lines.read(5)] == [b"one", b"two"]
        far.sendall(b"ee\n")
        assert lines.read(5) == b"three"
        far.close()
        assert lines.read(5) is None


def test_of_a_message_of_100_mb_only_the_beginning_is_read():
    near, far = pair()

    def flood():
        block = b"x" * (1 << 20)
        try:
            for _ in range(100):
                far.sendall(block)
        except OSError:
            refused.set()

    refused = threading.Event()
    thread = threading.Thread(target=flood, daemon=True)
    with far:
        with near:
            thread.start()
            lines = Lines(near, 1000)
            with pytest.raises(TooLong, match="more than 1000 bytes"):
                lines.read(10)
            assert len(lines._buffer) <= 1001 + controlsocket.CHUNK
        assert refused.wait(10)
        thread.join()


def test_a_line_that_is_whole_and_too_long_is_refused():
    near, far = pair()
    with near, far:
        far.sendall(b"x" * 11 + b"\n")
        with pytest.raises(TooLong):
            Lines(near, 10).read(5)


def test_nothing_is_not_awaited_for_ever():
    near, far = pair()
    with near, far, pytest.raises(TimeoutError):
        Lines(near, 10).read(0.01)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "ended before it answered"),
        (b"garbage\n", "cannot be asked"),
        (b"[]\n", "ended before it answered"),
        (b'{"ok": false, "error": {"kind": "ConfigError", "message": "no"}}\n', "^no$"),
        (b'{"ok": false}\n', "unknown error"),
    ],
)
def test_what_a_run_may_answer(opened, folder, answer, message):
    def serve():
        connection, _ = opened.socket.accept()
        with connection:
            Lines(connection, 1000).read(10)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with pytest.raises(PythiagsError, match=message) as caught:
        ask(folder, ME, {"do": "stats"})
    assert ("`pythiags ctl` lists the runs" in (caught.value.hint or "")) is (
        "ok" not in str(answer)
    )
    thread.join()


def test_a_run_that_does_not_answer_is_an_error(opened, folder):
    with pytest.raises(PythiagsError, match=r"did not answer within 0\.05 s") as caught:
        ask(folder, ME, {"do": "stats"}, timeout=0.05)
    assert caught.value.where == f"process {ME}"
    assert "ask again" in caught.value.hint


def test_a_run_that_is_gone_is_an_error(folder):
    folder.mkdir(mode=0o700)
    with pytest.raises(PythiagsError, match="cannot be asked"):
        ask(folder, "77", {"do": "stats"})


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"kind": "DrainTimeout", "message": "late", "hint": "wait"}, DrainTimeout),
        ({"kind": "os", "message": "late"}, PythiagsError),
        ({"kind": 3, "message": "late"}, PythiagsError),
        ({"kind": MetadataLayoutError.__name__, "message": "late"}, PythiagsError),
    ],
)
def test_errors_keep_their_class(parts, kind):
    error = error_of(json.loads(json.dumps(parts)))
    assert type(error) is kind
    assert error.message == "late"
    assert error.hint == parts.get("hint")
