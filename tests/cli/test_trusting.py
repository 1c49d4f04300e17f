"""check --untrusted on the command line."""

import pytest


@pytest.fixture
def theirs(folder):
    """A pipeline of somebody else."""
    path = folder / "theirs.gstp"
    path.write_text("rtspsrc location={uri} ! decodebin ! fakesink\n")
    return str(path)


def test_what_is_refused_is_shown_with_its_place_and_what_would_allow_it(command, theirs):
    done = command("check", "--untrusted", theirs, "--uri=rtsp://user:secret@camera/live")
    assert (done.code, done.err) == (2, "")
    assert "error[untrusted-element]: the element 'rtspsrc' is not allowed" in done.out
    assert f"{theirs}:1:1" in done.out
    assert "^^^^^^^ --allow-elements=rtspsrc allows it" in done.out
    assert "error[untrusted-uri]: addresses of the scheme 'rtsp' are not allowed" in done.out
    assert "secret" not in done.out


def test_what_is_allowed_passes(command, theirs):
    allowed = ("--allow-elements=rtspsrc, udpsrc", "--allow-scheme=rtsp://", "--allow-path=/srv")
    done = command("check", "--untrusted", theirs, "--uri=rtsp://camera/live", *allowed)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{theirs}: nothing refused, 3 elements\n"


def test_words_are_checked_as_a_file_is(command):
    done = command("check", "--untrusted", "filesrc", "location=/etc/passwd", "!", "fakesink")
    assert done.code == 2
    assert "error[untrusted-path]: '/etc/passwd' is outside of what is allowed" in done.out


@pytest.mark.parametrize("option", ["--allow-elements=a", "--allow-path=/", "--allow-scheme=http"])
def test_nothing_is_allowed_where_everything_is(command, option):
    done = command("check", "videotestsrc ! fakesink", option)
    assert done.code == 2
    assert f"{option.partition('=')[0]} has no effect without --untrusted" in done.err


def test_control_characters_of_a_file_do_not_reach_the_terminal(command, folder):
    path = folder / "theirs.gstp"
    path.write_text("filesink location=\x1b]0;owned\x07/etc/\u202ex ! \x1b[2Jy\n")
    for words in (("--untrusted",), ()):
        done = command("check", *words, str(path))
        assert done.code == 2
        assert "\\x1b]0;owned\\x07/etc/\\u202ex" in done.out
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)
