"""nvarguscamerasrc and nvdsvideotemplate: refused by name, with what to use, wherever met."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest

from pythiags import App, Description, DescriptionError, portable
from pythiags.gst import Gst
from pythiags.gst.check import check
from pythiags.gst.registry import REFUSED

INSTEAD = {"nvarguscamerasrc": "v4l2src", "nvdsvideotemplate": "probe"}
LINES = {
    "nvarguscamerasrc": "nvarguscamerasrc sensor-id=0 wbmode=daylight tnr-strength=-1 "
    "exposuretimerange='34000 358733000' ! video/x-raw(memory:NVMM),width=1280 "
    "! nvvidconv ! fakesink",
    "nvdsvideotemplate": "videotestsrc ! nvvideoconvert ! nvdsvideotemplate customlib-name=a.so "
    "customlib-props=a:b ! fakesink",
}


def test_each_refused_element_is_tested():
    assert set(LINES) == set(REFUSED) == set(INSTEAD)
    assert set(REFUSED) <= set(portable.unavailable())


@pytest.mark.parametrize("installed", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_check_says_what_to_use_before_anything_runs(name, installed):
    if installed:
        portable.install()
    problems = [each for each in check(Description(LINES[name])) if each.severity == "error"]
    assert [each.code for each in problems] == ["unknown-element"]
    assert name in problems[0].message
    assert INSTEAD[name] in problems[0].hint


@pytest.mark.parametrize("name", REFUSED)
def test_an_app_is_not_built(name):
    with pytest.raises(DescriptionError, match=INSTEAD[name]):
        App(LINES[name])


@pytest.mark.parametrize("name", REFUSED)
def test_gst_launch_says_it_too(name, tmp_path):
    environ = os.environ | {
        "GST_PLUGIN_PATH": str(portable.plugin_path()),
        "GST_REGISTRY": str(tmp_path / "registry.bin"),
    }
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *shlex.split(LINES[name])],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
        timeout=60,
    )
    assert done.returncode != 0
    assert INSTEAD[name] in done.stderr
    assert "CRITICAL" not in done.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_a_script_gets_the_error_on_its_bus(run, name):
    played = run(LINES[name].replace("fakesink", "fakesink name=sink"))
    assert name in played.error
    assert INSTEAD[name] in played.error


def test_the_camera_keeps_what_was_set():
    portable.install()
    camera = Gst.ElementFactory.make("nvarguscamerasrc")
    assert camera.get_property("sensor-mode") == -1
    assert camera.get_property("saturation") == 1
    camera.set_property("gainrange", "1 16")
    assert camera.get_property("gainrange") == "1 16"


@pytest.mark.parametrize("name", ["bufapi-version", "maxperf", "aelock", "show-latency"])
def test_a_script_sets_the_cameras_switches_and_is_told_the_reason_at_the_start(name):
    portable.install()
    camera = Gst.ElementFactory.make("nvarguscamerasrc")
    assert camera.get_property(name) is False
    camera.set_property(name, True)
    assert camera.get_property(name) is True
