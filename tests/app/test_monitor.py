"""Metrics and health of runs, as a scraper sees them."""

import json
import re
import socket
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from faults.harness import until
from standins.network import Camera

from pythiags import App, ConfigError, MissingDependency, RetryPolicy, StreamError
from pythiags.app import health, metrics
from pythiags.retry import SourceStats

pytest.importorskip("prometheus_client", reason="not installed: make install brings it")
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

LIVE = (
    "videotestsrc is-live=true ! video/x-raw,width=32,height=32,framerate=30/1 "
    "! identity name=tap ! fakesink sync=false"
)
MIXED = (
    "nvstreammux name=m batch-size=2 width=32 height=32 live-source=true ! identity name=tap "
    "! fakesink sync=false"
)
CAMERA = "rtspsrc name=yard location={uri} protocols=tcp latency=0 ! fakesink name=s sync=false"


def get(app, path, accept=""):
    """Ask a running App; gives the status and the text."""
    request = urllib.request.Request(f"{app.metrics_url}{path}", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def samples(app):
    """All samples of a scrape, by name and labels."""
    status, text = get(app, "/metrics")
    assert status == 200
    found = [each for family in read_text(text) for each in family.samples]
    table = {(each.name, tuple(sorted(each.labels.items()))): each.value for each in found}
    assert len(table) == len(found), "a sample occurs twice"
    return table


def value(app, name, **labels):
    return samples(app)[f"pythiags_{name}", tuple(sorted(labels.items()))]


def healthz(app):
    status, text = get(app, "/healthz")
    return status, json.loads(text)


def still(app):
    """Wait until the counters stand still; gives them and a scrape."""
    seen = {}

    def stands():
        before, seen["table"], seen["stats"] = app.stats(), samples(app), app.stats()
        return [before.frames, *before.attachments] == [
            seen["stats"].frames,
            *seen["stats"].attachments,
        ]

    until(stands, "no more buffers")
    return seen["stats"], seen["table"]


def kinds(app):
    status, found = healthz(app)
    return status, [reason["kind"] for reason in found["reasons"]]


def test_a_scrape_has_the_counters():
    def extract(_pad, info):
        if info.buffer_number % 2:
            raise ValueError
        return [info.buffer_number]

    def consume(events):
        raise KeyError

    with App(LIVE, metrics=0) as app:
        app.attach("tap", extract, consume, name="one")
        app.start()
        until(lambda: app.stats().attachments[0].extraction.buffers > 3, "some buffers")
        app.pause()
        stats, table = still(app)
        (one,) = stats.attachments
        label = ("attachment", "one")
        expected = {
            ("pythiags_frames_total", ()): stats.frames,
            ("pythiags_state", (("state", "running"),)): 1,
            ("pythiags_state", (("state", "failed"),)): 0,
            ("pythiags_events_produced_total", (label,)): one.channel.produced,
            ("pythiags_events_pending", (label,)): 0,
            ("pythiags_extractor_seconds_count", (label,)): one.extraction.buffers,
            ("pythiags_worker_deaths_total", (label,)): 0,
        }
        for kind, count in (("consumer-error", one.channel.produced), ("dead-letter", 0)):
            expected["pythiags_events_dropped_total", (label, ("reason", kind))] = count
        for who, kind in (("extractor", "ValueError"), ("consumer", "KeyError")):
            count = {**one.extraction.errors, **one.consumer_errors}[kind]
            expected[f"pythiags_{who}_errors_total", (label, ("type", kind))] = count
        assert {key: table[key] for key in expected} == expected
        assert table["process_resident_memory_bytes", ()] > 1e7
        bounds = [
            float(dict(labels)["le"])
            for name, labels in table
            if name == "pythiags_extractor_seconds_bucket"
        ]
        assert bounds == sorted(bounds)
        assert bounds[-1] == float("inf")


def test_openmetrics_is_served_to_who_asks_for_it():
    with App(LIVE, metrics=0) as app:
        app.attach("tap", lambda _pad, _info: [1], lambda _events: None)
        app.start()
        _, text = get(app, "/metrics", "application/openmetrics-text; version=1.0.0")
        assert text.endswith("# EOF\n")
        names = {family.name for family in read_openmetrics(text)}
        assert {"pythiags_frames", "pythiags_extractor_seconds"} <= names
        assert get(app, "/")[0] == 200


def test_frames_are_counted_for_each_source_of_a_mixer():
    row = "videotestsrc name={0} is-live=true ! video/x-raw,width=32,height=32 ! nvvideoconvert"
    first, second = (f"{row.format(name)} ! m.sink_{n}" for n, name in enumerate("ab"))
    with App(f"{MIXED} {first} {second}", metrics=0) as app:
        app.start()
        for name in "ab":
            until(lambda name=name: value(app, "source_frames_total", source=name) > 2, name)
        app.remove_source("b")
        table = samples(app)
        assert ("pythiags_source_frames_total", (("source", "b"),)) not in table
        assert ("pythiags_source_frames_total", (("source", "a"),)) in table


def test_a_camera_that_freezes_and_one_that_is_killed():
    policy = RetryPolicy(stall_timeout=0.5, backoff=0.1, max_backoff=0.1)
    with Camera() as camera:
        uri = camera.address.replace("://", "://user:secret@")
        with App(CAMERA, uri=uri, retry=policy, metrics=0) as app:
            app.start()
            until(lambda: healthz(app)[1]["status"] == "ok", "the first buffer")
            assert value(app, "source_status", source="yard", status="running") == 1
            camera.freeze()
            until(
                lambda: kinds(app) in [(503, ["source-lost"]), (503, ["source-lost", "stalled"])],
                "the stall",
            )
            assert value(app, "source_stalls_total", source="yard") == 1
            assert value(app, "source_losses_total", source="yard", reason="timeout") == 1
            camera.thaw()
            until(lambda: healthz(app)[0] == 200, "the camera is back")
            camera.kill()
            until(lambda: healthz(app)[0] == 503, "the loss")
            assert "secret" not in get(app, "/metrics")[1] + get(app, "/healthz")[1]
            camera.start()
            until(lambda: healthz(app)[0] == 200, "the camera is back again")
            for reason in ("timeout", "error"):
                assert value(app, "source_retries_total", source="yard", reason=reason) >= 1


def test_an_extractor_that_hangs_is_a_stall(monkeypatch):
    monkeypatch.setattr(health, "SILENCE", 0.2)
    free, begun = threading.Event(), threading.Event()

    def hang(_pad, _info):
        begun.set()
        free.wait(60)

    with App(LIVE, metrics=0) as app:
        app.attach("tap", hang, lambda _events: None)
        app.start()
        try:
            assert begun.wait(20)
            monkeypatch.setattr(RetryPolicy, "start_timeout", 0.2)
            until(lambda: kinds(app) == (503, ["stalled"]), "the stall")
            assert value(app, "quiet_seconds") > 0.2
        finally:
            free.set()
        until(lambda: healthz(app)[0] == 200, "it goes on")


def test_a_failed_run_is_told_while_the_last_events_are_delivered():
    free = threading.Event()
    text = "videotestsrc ! identity name=tap error-after=5 ! fakesink"
    with App(text, metrics=0, drain_timeout=60) as app:
        app.attach("tap", lambda _pad, _info: [1], lambda _events: free.wait(60))
        app.start()
        try:
            until(lambda: kinds(app) == (503, ["failed"]), "the failure")
            assert "identity" in healthz(app)[1]["reasons"][0]["detail"].lower()
        finally:
            free.set()
        with pytest.raises(StreamError):
            app.join()
        assert app.metrics_url is None


@pytest.mark.parametrize("text", ["videotestsrc num-buffers=3 ! fakesink", "filesrc ! fakesink"])
def test_serving_ends_with_the_run(text):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for _ in range(2):
        with App(text, metrics=port) as app:
            assert app.metrics_url is None
            try:
                app.run()
            except StreamError:
                assert "filesrc" in text
            assert app.metrics_url is None
    assert not [each for each in threading.enumerate() if each.name == "pythiags-metrics"]


def test_a_port_in_use_is_an_error_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with App(LIVE, metrics=f"127.0.0.1:{port}") as app:
            with pytest.raises(ConfigError, match=f"port {port} is in use"):
                app.run()
            assert app.stats().elapsed == 0
            assert app.pipeline.current_state.value_nick == "null"


def test_an_address_is_checked_at_once():
    with pytest.raises(ConfigError, match="invalid address for metrics"):
        App(LIVE, metrics="everywhere")


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingDependency, match="prometheus_client") as caught:
        App(LIVE, metrics=0)
    assert "pip install 'prometheus_client>=" in caught.value.hint


def test_labels_are_distinct_and_without_secrets():
    names = ["cam", "cam", "rtsp://a:secret@b", "cam"]
    assert metrics._labels(names) == ["cam", "cam#2", "rtsp://a:***@b", "cam#3"]
    assert metrics._labels(["cam#2", "cam", "cam"]) == ["cam#2", "cam", "cam#3"]


def test_names_that_differ_in_what_is_masked_are_told_apart():
    names = ["rtsp://a:one@b", "rtsp://a:two@b"]
    with App(LIVE) as app:
        for name in names:
            app.attach("tap", lambda _pad, _info: None, lambda _events: None, name=name)
        made = metrics.Metrics(
            app.stats,
            lambda edges: {name: [0] * (len(edges) + 1) for name in names},
            lambda: dict.fromkeys(names, 1),
            lambda: 0.0,
        )
        text = made.text("")[1].decode()
    found = [each for family in read_text(text) for each in family.samples]
    rows = {(each.name, *sorted(each.labels.items())) for each in found}
    assert len(rows) == len(found), "a sample occurs twice"
    labels = {each.labels.get("source", each.labels.get("attachment")) for each in found} - {None}
    assert labels == {"rtsp://a:***@b", "rtsp://a:***@b#2"}


def test_exception_types_that_are_made_up_are_bounded():
    errors = {f"Error{number}": 1 for number in range(100)}
    few = metrics._few(errors)
    assert len(few) == metrics.MOST_KINDS + 1
    assert sum(few.values()) == 100
    assert metrics._few({"ValueError": 3}) == {"ValueError": 3}


def test_the_documentation_lists_what_there_is():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(pythiags_\w+)` \| (\w+) \| (.*?) \|", page, re.MULTILINE)
    listed = {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows}
    camera = SourceStats("yard", "", 0, "running", 1, {}, {}, 0, None, "")
    with App(LIVE) as app:
        app.attach("tap", lambda _pad, _info: [1], lambda _events: None)
        (one,) = app.stats().attachments
    one = replace(one, extraction=replace(one.extraction, errors={"A": 1}))
    (lane,) = one.lanes
    one = replace(one, lanes=(replace(lane, consumer_errors={"B": 1}),))
    stats = replace(app.stats(), attachments=(one,), sources=(camera,))
    made = metrics.Metrics(
        lambda: stats, lambda _edges: {"tap": [0] * 13}, lambda: {"yard": 1}, lambda: 0.0
    )
    found = {}
    for family in made.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = [label for label in family.samples[0].labels if label != "le"]
        found[name] = (family.type, labels)
    assert listed == found
