"""What fuzzing has ever found is read as it should be, and so is what it began with."""

from __future__ import annotations

import pytest
from fuzzing.targets import CORPUS, TARGETS

from pythiags.app import control

FOUND = CORPUS / "found"
FILES = sorted(path for path in FOUND.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """``target(name)``: one of them, made once."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = TARGETS[name](tmp_path_factory.mktemp(name))
        return made[name]

    yield get
    for each in made.values():
        each.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_is_taken(target, path, capfd):
    target(path.parent.name).read(path.read_bytes())
    assert "CRITICAL" not in capfd.readouterr().err


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_pieces_of_them(target, name, capfd):
    for seed in target(name).seeds[:20]:
        target(name).read(seed)
    target(name).read(b"")
    target(name).read(target(name).seeds[0][: len(target(name).seeds[0]) // 2])
    assert "CRITICAL" not in capfd.readouterr().err


def broken(*_arguments, **_options):
    raise KeyError("a fault of ours")


def read_all(target):
    for seed in target.seeds:
        target.read(seed)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("pipelines", "fuzzing.targets.check"),
        ("templates", "pythiags.description.description.bind"),
        ("nvinfer", "fuzzing.targets.read_config"),
        ("nvinfer-yaml", "fuzzing.targets.read_config"),
        ("tracker", "fuzzing.targets.Tracking"),
        ("recordings", "pythiags.recording.filling.Filler.fill"),
        ("rtsp", "fuzzing.rtsp.App"),
    ],
)
def test_a_fault_is_seen(target, name, what, monkeypatch):
    made = target(name)
    monkeypatch.setattr(what, broken)
    with pytest.raises(KeyError):
        read_all(made)


def test_a_fault_behind_the_control_socket_is_seen(target, monkeypatch):
    made = target("control")
    monkeypatch.setattr(control, "_request", broken)
    with pytest.raises(AssertionError):
        made.read(made.seeds[0])


def test_every_find_is_of_a_target():
    assert {path.relative_to(FOUND).parts[0] for path in FILES} <= set(TARGETS)
    assert all(len(path.relative_to(FOUND).parts) == 2 for path in FILES)
