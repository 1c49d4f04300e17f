"""Registration of the portable elements: in this process only, and never over another's."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst.registry import DEEPSTREAM


def run(code):
    """Run ``code`` in a process that has registered nothing yet."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


OWN = {"dsmetaconvert"}


def test_available_names_are_sorted_and_registered_by_no_one():
    names = portable.available()
    assert list(names) == sorted(names)
    assert "nvv4l2decoder" in names
    code = (
        "from pythiags import portable; from pythiags.gst import Gst;"
        "print(any(Gst.ElementFactory.find(name) for name in portable.available()))"
    )
    assert run(code) == ["False"]


def test_what_deepstream_has_is_either_portable_or_not():
    known = {*portable.available()} - OWN
    assert known < DEEPSTREAM
    assert sorted([*known, *portable.unavailable()]) == sorted(DEEPSTREAM)
    assert "nvarguscamerasrc" in portable.unavailable()


def test_every_available_element_can_be_made():
    assert portable.install() == list(portable.available())
    for name in portable.available():
        assert Gst.ElementFactory.make(name) is not None, name


def test_installing_twice_says_the_same_and_logs_once():
    code = (
        "import logging, sys;"
        "logging.basicConfig(stream=sys.stdout, format='%(levelname)s');"
        "logging.getLogger('pythiags.portable').setLevel('DEBUG');"
        "from pythiags import portable;"
        "print(portable.install(['nvv4l2decoder']) == portable.install(['nvv4l2decoder']))"
    )
    assert run(code) == ["DEBUG", "True"]


def test_a_factory_that_is_there_already_wins():
    code = (
        "from pythiags import portable; from pythiags.gst import Gst;"
        "theirs = Gst.ElementFactory.find('fakesink').load().get_element_type();"
        "Gst.Element.register(None, 'nvv4l2decoder', 0, theirs);"
        "print(portable.install(['nvv4l2decoder']) == [],"
        " Gst.ElementFactory.find('nvv4l2decoder').get_element_type() == theirs)"
    )
    assert run(code) == ["True", "True"]


@pytest.mark.parametrize("name", ["nosuch", "videotestsrc", "nvarguscamerasrc"])
def test_a_name_without_a_portable_version_is_left_out(name):
    assert portable.install([name]) == []


def test_many_threads_may_install_at_once(caplog):
    caplog.set_level(logging.INFO)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: portable.install(), range(64)))
    assert answers == [list(portable.available())] * 64
