"""The options of an attachment are stated once; what repeats them has to agree."""

import inspect
from dataclasses import MISSING, FrozenInstanceError, fields
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from pythiags import App, AttachOptions, Channel
from pythiags.app import app as app_module
from pythiags.app.attach_options import EXTRACTION, descriptions, number_of
from pythiags.app.placement import WORKERS
from pythiags.channel._ring import POLICIES
from pythiags.channel.bounds import OnFull
from pythiags.errors import ConfigError
from pythiags.gst import probe
from pythiags.workers import ProcessWorker
from pythiags.workers.parting import Parting
from pythiags.workers.worker import WorkerKind

NAMES = [field.name for field in fields(AttachOptions)]
HINTS = get_type_hints(AttachOptions, include_extras=True)
OPTIONS = [
    parameter
    for parameter in inspect.signature(App.attach).parameters.values()
    if parameter.kind is parameter.KEYWORD_ONLY
]


def test_attach_takes_the_same_options_in_the_same_order():
    assert [each.name for each in OPTIONS] == NAMES


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_attach_has_the_default_and_the_type_of_the_class(option):
    assert option.default == getattr(AttachOptions, option.name)
    assert f"AttachOptions.{option.name}" in inspect.getsource(App.attach), "not a second number"
    # The module imports these for type checkers alone.
    names = {**vars(app_module), **vars(inspect.getmodule(AttachOptions))}
    hint = eval(option.annotation, names)
    assert hint == get_type_hints(AttachOptions)[option.name]


def test_what_attach_is_given_arrives(monkeypatch):
    arrived = []
    monkeypatch.setattr(app_module, "attached", lambda *args, **_: arrived.append(args[-1]) or [])
    given = AttachOptions(
        worker="thread",
        workers=2,
        key="camera",
        on_worker_death="continue",
        queue_size=3,
        queue_bytes=4,
        on_full="latest",
        spill_bytes=5,
        spill_dir="here",
        leftovers="discard",
        max_consecutive_errors=6,
        warn_share=0.7,
        name="cam",
    )
    different = [name for name in NAMES if getattr(given, name) != getattr(AttachOptions, name)]
    assert different == NAMES, "each is put to the test"
    App("fakesrc ! fakesink").attach("fakesink0", print, print, **vars(given))
    assert arrived == [given]


def test_each_is_described_once():
    assert list(descriptions()) == NAMES
    assert all(text.endswith(".") for text in descriptions().values())


def test_each_has_a_default():
    assert all(field.default is not MISSING for field in fields(AttachOptions))


def test_an_instance_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        AttachOptions().workers = 2


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"key", "spill_dir", "name"}))
def test_each_is_checked_by_its_type(name):
    with pytest.raises(ConfigError, match=name):
        AttachOptions(**{name: object()})


@pytest.mark.parametrize("name", [name for name in NAMES if number_of(HINTS[name])])
def test_numbers_have_bounds(name):
    least = number_of(HINTS[name]).least
    with pytest.raises(ConfigError, match=name):
        AttachOptions(**{name: least - 1})
    smallest = least if get_args(HINTS[name])[0] is int else least + 1e-9
    assert getattr(AttachOptions(**{name: smallest}), name) == smallest


@pytest.mark.parametrize("name", [name for name in NAMES if get_origin(HINTS[name]) is Literal])
def test_words_are_named_in_the_description(name):
    words = [word for word in get_args(HINTS[name]) if not word.startswith("drop-")]
    missing = [word for word in words if f"``{word}``" not in descriptions()[name]]
    assert not missing or missing == ["latest"]


@pytest.mark.parametrize(
    "taker",
    [Channel, ProcessWorker, Parting, probe.attach, probe.Probe],
    ids=lambda it: it.__name__,
)
def test_who_takes_one_of_them_too_has_the_same_default(taker):
    shared = {
        name: parameter.default
        for name, parameter in inspect.signature(taker).parameters.items()
        if name in NAMES and name != "name"
    }
    assert shared
    assert shared == {name: getattr(AttachOptions, name) for name in shared}


def test_words_are_those_that_there_is_code_for():
    assert get_args(WorkerKind) == ("auto", *WORKERS)
    assert sorted(get_args(OnFull)) == sorted(POLICIES)
    assert set(EXTRACTION) < set(NAMES)
