"""The graph of a pipeline, without secrets; properties as text."""

import shutil
import subprocess

import pytest

from pythiags.gst import Gst
from pythiags.gst.binding import UnfitValue, read_now
from pythiags.gst.dot import dot_of, without_secrets

SECRET = 'hun\\"te r2'


def build(text):
    return Gst.parse_launch(text)


@pytest.fixture
def secretive():
    pipeline = build(
        "rtspsrc name=cam location=rtsp://me:hunter2@cam/1?token=hunter2 user-id=me ! fakesink "
        "souphttpsrc name=web location=http://me:hunter2@web/ "
        'extra-headers="a,Authorization=hunter2" ! fakesink'
    )
    pipeline.get_by_name("cam").set_property("user-pw", SECRET)
    pipeline.get_by_name("web").set_property("proxy-pw", "hunter2")
    return pipeline


def test_no_secret_is_in_the_graph(secretive):
    raw = Gst.debug_bin_to_dot_data(secretive, Gst.DebugGraphDetails.VERBOSE)
    assert raw.count("hunter2") >= 5
    text = dot_of(secretive)
    assert "hunter2" not in text
    assert "te r2" not in text
    assert text.count("***") >= 5
    assert "rtsp://me:***@cam/1" in text
    assert "user-id" in text


def test_a_long_address_is_not_cut_in_the_middle_of_its_password():
    pipeline = build("souphttpsrc name=web ! fakesink")
    secret = "hunter2" * 40
    pipeline.get_by_name("web").set_property("location", f"http://me:{secret}@web/")
    assert "hunter2" not in dot_of(pipeline)


def test_the_rest_of_the_graph_stays_as_it_is():
    pipeline = build('videotestsrc ! textoverlay text="a \\"b\\" c\\\\d" ! fakesink')
    text = Gst.debug_bin_to_dot_data(pipeline, Gst.DebugGraphDetails.VERBOSE)
    assert without_secrets(text) == text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it(secretive):
    subprocess.run(["dot", "-Tsvg"], input=dot_of(secretive).encode(), check=True, stdout=-3)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (r'label="a\nuser-pw=\"x y\"\nb=1"', r'label="a\nuser-pw=***\nb=1"'),
        (r'label="a\luser-pw=\"x\\\"y\"\l"', r'label="a\luser-pw=***\l"'),
        (r'label="location=\"http://u:p@h/\""', r'label="location=\"http://u:***@h/\""'),
        (r'label="a\nkey=\"x y\"\npem=NULL"', r'label="a\nkey=***\npem=NULL"'),
        (r'label="pem=\"x, y\"\lb=1\l"', r'label="pem=***\lb=1\l"'),
        ('label="a\npem=\\"x\\\\ny\\"\nb=1"', 'label="a\npem=***\nb=1"'),
        (r'label="conn-str=\"h;p;u;pw\""', r'label="conn-str=***"'),
        (r'label="key-int-max=1\nmonkey=2"', r'label="key-int-max=1\nmonkey=2"'),
        (r'label="user-pw=x", other="y"', r'label="user-pw=***", other="y"'),
    ],
)
def test_labels_stay_labels(line, masked):
    assert without_secrets(line) == masked


@pytest.mark.parametrize(
    ("element", "name", "text"),
    [
        ("src", "pattern", "ball"),
        ("src", "is-live", "true"),
        ("src", "num-buffers", "-1"),
        ("caps", "caps", "video/x-raw, framerate=(fraction)30/1"),
        ("mix", "sink_0::alpha", "0.5"),
        ("web", "location", "http://me:***@web/"),
        ("web", "user-pw", "***"),
        ("web", "proxy-pw", "NULL"),
        ("sink", "last-sample", "NULL"),
        ("sink", "parent", "pipeline"),
    ],
)
def test_a_property_as_text(element, name, text):
    pipeline = build(
        "videotestsrc name=src pattern=ball is-live=true ! capsfilter name=caps "
        "caps=video/x-raw,framerate=30/1 ! compositor name=mix sink_0::alpha=0.5 ! fakesink "
        "name=sink souphttpsrc name=web location=http://me:hunter2@web/ ! fakesink"
    )
    pipeline.set_name("pipeline")
    pipeline.get_by_name("web").set_property("user-pw", "with blanks in it")
    assert read_now(pipeline.get_by_name(element), name) == text


def test_a_certificate_and_its_key_are_in_no_text():
    element = Gst.ElementFactory.make("dtlsdec")
    if element is None:
        pytest.skip("there is no dtlsdec")
    assert read_now(element, "pem") == "***"
    pipeline = Gst.Pipeline()
    pipeline.add(element)
    assert "BEGIN" in Gst.debug_bin_to_dot_data(pipeline, Gst.DebugGraphDetails.VERBOSE)
    assert "BEGIN" not in dot_of(pipeline)


@pytest.mark.parametrize(
    ("factory", "name", "message"),
    [
        ("videotestsrc", "patern", "no property 'patern'"),
        ("playbin", "subtitle-font-desc", "it can only be set"),
        ("compositor", "sink_9::alpha", "no child property"),
    ],
)
def test_what_cannot_be_read_is_refused(factory, name, message):
    element = Gst.ElementFactory.make(factory)
    with pytest.raises(UnfitValue, match=message):
        read_now(element, name)
