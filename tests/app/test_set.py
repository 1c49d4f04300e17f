"""Properties that are set while a pipeline plays."""

import pytest
from faults.harness import until

from pythiags import App, ConfigError, DescriptionError

TEXT = (
    "videotestsrc is-live=true name=src ! capsfilter name=caps caps=video/x-raw,width=64,height=48 "
    "! identity name=here ! compositor name=mix ! filesink name=sink location=/dev/null"
)


@pytest.fixture
def app():
    with App(TEXT) as app:
        app.start()
        until(lambda: app.stats().frames > 2, "frames")
        yield app


@pytest.mark.parametrize(
    ("element", "name", "value", "now"),
    [
        ("src", "pattern", "ball", 18),
        ("src", "pattern", 1, 1),
        ("here", "sleep-time", 10, 10),
        ("here", "silent", False, False),
        ("mix", "background", "black", 1),
        ("mix", "sink_0::alpha", 0.5, None),
        ("mix.sink_0", "alpha", 0.25, None),
        ("caps", "caps", "video/x-raw,width=32,height=24", None),
    ],
)
def test_a_property_is_set_while_it_plays(app, element, name, value, now):
    app.set(element, name, value)
    if now is not None:
        assert app.pipeline.get_by_name(element).get_property(name) == now
    elif element.startswith("mix"):
        alpha = app.pipeline.get_by_name("mix").get_static_pad("sink_0").get_property("alpha")
        assert alpha == value
    before = app.stats().frames
    until(lambda: app.stats().frames > before + 2, "frames")


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        (("scr", "pattern", "ball"), DescriptionError, "choose from caps, here, mix, sink, src"),
        (("mix.sink_9", "alpha", 1), DescriptionError, "no pad named 'sink_9'"),
        (("src", "patern", "ball"), ConfigError, "did you mean 'pattern'"),
        (("src", "pattern", "bal"), ConfigError, "^src.pattern: "),
        (("mix", "sink_9::alpha", 1), ConfigError, "no child property 'sink_9::alpha'"),
        (("here", "sleep-time", -1), ConfigError, "^here.sleep-time: "),
        (("here", "last-message", "x"), ConfigError, "can only be read"),
        (("here", "name", "other"), ConfigError, "'name' cannot be changed within a pipeline"),
        (("here", "parent", "src"), ConfigError, "'parent' cannot be changed within a pipeline"),
        (("src", "is-live", "perhaps"), ConfigError, "^src.is-live: "),
    ],
)
def test_what_does_not_fit_is_refused(app, what, kind, message):
    with pytest.raises(kind, match=message):
        app.set(*what)
    before = app.stats().frames
    until(lambda: app.stats().frames > before + 2, "frames")
