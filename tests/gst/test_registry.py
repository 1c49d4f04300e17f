"""What the registry knows of factories, properties and pads."""

import importlib.util
from pathlib import Path

import pytest

from pythiags.gst import registry

TOOL = Path(__file__).parents[2] / "tools" / "debian_packages.py"


def test_factories():
    assert registry.find_factory("fakesrc") is not None
    assert registry.find_factory("fakesrk") is None
    names = registry.factory_names()
    assert names == sorted(names)
    assert {"fakesrc", "capsfilter"} <= set(names)


def test_numbers_words_flags_and_the_rest():
    source = registry.properties("videotestsrc")
    assert source["pattern"].choices[:2] == ("smpte", "snow")
    assert registry.expected_value(source["pattern"]).startswith("one of smpte, snow, ")
    assert source["pattern"].owner == "GstVideoTestSrc"
    buffers = source["num-buffers"]
    assert (buffers.minimum, buffers.maximum, buffers.default) == (-1, 2147483647, -1)
    assert registry.expected_value(buffers) == "an integer from -1 to 2147483647"
    assert registry.expected_value(source["is-live"]) == "true or false"
    assert "caps" in registry.expected_value(registry.properties("appsink")["caps"])
    playbin = registry.properties("playbin")
    assert playbin["flags"].is_flags
    assert "joined by +" in registry.expected_value(playbin["flags"])
    assert playbin["video-sink"].is_element
    assert not registry.properties("fakesink")["last-message"].writable


def test_properties_of_nothing():
    with pytest.raises(LookupError):
        registry.properties("nosuch")


def test_pad_templates():
    sink, source = sorted(registry.pad_templates("compositor"), key=lambda pad: pad.direction)
    assert (sink.name, sink.direction, sink.presence) == ("sink_%u", "sink", "request")
    assert (source.name, source.presence) == ("src", "always")
    assert sink.matches("sink_0")
    assert sink.matches("sink_%u")
    assert not sink.matches("src")
    assert not sink.matches("sink_")
    assert not source.matches("src_0")
    assert registry.pad_templates("nosuch") == ()


def test_packages():
    assert registry.debian_package("x264enc") == "gstreamer1.0-plugins-ugly"
    assert registry.debian_package("avdec_h264") == "gstreamer1.0-libav"
    assert registry.debian_package("nosuch") is None
    assert registry.is_deepstream("nvinfer")
    assert not registry.is_deepstream("x264enc")


def test_the_table_is_what_the_tool_makes():
    spec = importlib.util.spec_from_file_location("debian_packages", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    text = "Package: b\nGstreamer-Elements: y, x, x\nSize: 1\n\nPackage: a\nSize: 2\n"
    assert tool.packages(text) == {"b": ["x", "y"]}
