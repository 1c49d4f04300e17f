"""A run that delivers nothing says why."""

import pytest

from pythiags import App, frames_per_batch, objects_per_frame
from pythiags.gst import Gst

SOURCE = "videotestsrc num-buffers=4 ! video/x-raw,width=64,height=64"
MIXED = "nvvideoconvert ! m.sink_0 nvstreammux name=m batch-size=1 width=64 height=64"


def labels(pad, info):
    return [obj.obj_label for frame in frames_per_batch(info) for obj in objects_per_frame(frame)]


def boom(pad, info):
    raise ValueError


def number(pad, info):
    return [1]


def live(pad, info):
    return [info]


def bang(events):
    raise KeyError


def sometimes(pad, info):
    if info.get_buffer().offset:
        raise ValueError
    return [1]


def ignore(events):
    pass


def run(text, extractor, *consumers):
    app = App(text)
    app.attach("here", extractor, list(consumers))
    return app.run()


FOUND_NOTHING = {
    "no inference before": (f"{SOURCE} ! identity name=here ! fakesink", "writes metadata"),
    "no inference before a sink": (f"{SOURCE} ! fakesink name=here", "observe an nvinfer"),
    "before the mixer": (
        f"{SOURCE} ! identity name=here ! {MIXED} ! fakesink",
        "before nvstreammux",
    ),
    "only a mixer": (
        f"{SOURCE} ! {MIXED} ! identity name=here ! fakesink",
        "neither here nor an element before it",
    ),
    "no buffer": (
        f"{SOURCE} ! tee name=t ! fakesink "
        "t. ! valve drop=true ! identity name=here ! fakesink async=false",
        "no buffer passed here",
    ),
}
FAILED = {
    "extractor": (boom, ignore, "the extractor failed every time, 4 of 4: ValueError"),
    "events": (live, ignore, "the extractor failed every time, 4 of 4: LiveMetadataError"),
    "consumer": (number, bang, "the consumer failed every time, 4 of 4: KeyError"),
}


def warnings(caplog):
    return [record.message for record in caplog.records if record.name == "pythiags.app.run"]


@pytest.mark.parametrize("name", FOUND_NOTHING)
def test_an_extractor_that_found_nothing(name, caplog):
    text, says = FOUND_NOTHING[name]
    app = App(text, timeout=1 if "valve" in text else None)  # a closed valve lets no end through
    app.attach("here", labels, ignore)
    assert app.run().exit_code == 0
    (warning,) = (each for each in warnings(caplog) if each.startswith("here: "))
    assert says in warning


@pytest.mark.parametrize(
    "value", [Gst.PadProbeReturn.OK, Gst.PadProbeReturn.DROP, Gst.FlowReturn.OK]
)
def test_an_extractor_that_returns_what_a_pad_probe_does(value, caplog):
    summary = run(f"{SOURCE} ! fakesink name=here", lambda pad, info: value, ignore)
    assert summary.exit_code == 0
    (warning,) = warnings(caplog)
    assert f"the extractor returned Gst.{type(value).__name__}." in warning
    assert "return what the consumer gets" in warning


@pytest.mark.parametrize(("other", "code"), [(lambda pad, info: None, 8), (number, 0)])
def test_nothing_succeeded_in_any_attachment(other, code):
    app = App(f"{SOURCE} ! fakesink name=here")
    app.attach("here", number, bang)
    app.attach("here", other, ignore)
    assert app.run().exit_code == code


@pytest.mark.parametrize("name", FAILED)
def test_every_event_failed(name, caplog):
    extractor, consumer, says = FAILED[name]
    summary = run(f"{SOURCE} ! fakesink name=here", extractor, consumer)
    assert summary.exit_code == 8
    assert warnings(caplog) == [f"here: {says}"]


@pytest.mark.parametrize(
    ("extractor", "consumers"),
    [
        (number, [ignore]),
        (sometimes, [ignore]),
        (number, [ignore, bang]),
    ],
)
def test_something_was_delivered(extractor, consumers):
    assert run(f"{SOURCE} ! fakesink name=here", extractor, *consumers).exit_code == 0


def test_an_extractor_that_finds_nothing_in_good_metadata_is_no_fault(caplog):
    run(f"{SOURCE} ! fakesink name=here", lambda pad, info: [1], ignore)
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
