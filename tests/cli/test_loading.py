"""``module:Name``: what is found, and what is said when it is not."""

import sys

import pytest

from pythiags.cli.calls import split_call
from pythiags.cli.loading import load
from pythiags.errors import UserCodeError

MODULE = """\
import os

class Extract:
    def extract_metadata(self, pad, info):
        return []

class NeedsMore:
    def __init__(self, path):
        self.path = path

class Fails:
    def __init__(self):
        raise ValueError("no camera")

class Group:
    Inner = Extract

def plain(events):
    pass
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current directory for the user's modules, forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def mine(folder):
    (folder / "my_code.py").write_text(MODULE)
    return folder


def test_a_class_of_the_current_directory(mine):
    assert load("my_code:Extract", "--ext").__name__ == "Extract"
    assert load("my_code:Group.Inner", "--ext").__name__ == "Extract"


def test_a_class_with_arguments(mine):
    made = load("my_code:NeedsMore(path='/tmp/x')", "--proc")
    assert (made.func.__name__, made.keywords) == ("NeedsMore", {"path": "/tmp/x"})
    assert made().path == "/tmp/x"


def test_a_function_is_given_as_it_is(mine):
    assert load("my_code:plain", "--proc").__name__ == "plain"


def test_a_module_of_a_package(folder):
    (folder / "pack").mkdir()
    (folder / "pack" / "inside.py").write_text(MODULE)
    assert load("pack.inside:Extract", "--ext").__name__ == "Extract"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("my_code", "expected: module:Name"),
        (":Extract", "expected: module:Name"),
        ("my_code:", "expected: module:Name"),
        ("my_cod:Extract", "there is no module 'my_cod'"),
        ("my_cod:Extract", "did you mean 'my_code'?"),
        ("my_code.sub:Extract", "there is no module 'my_code.sub'"),
        ("my_code:Extrac", "did you mean 'Extract'?"),
        ("my_code:Group.Iner", "has no 'Group.Iner'"),
        ("my_code:plain(path=3)", "only a class takes arguments"),
        ("my_code:NeedsMore(path)", "expected: module:Name(name=value, ...)"),
    ],
)
def test_what_is_wrong_and_what_to_try(mine, spec, says):
    with pytest.raises(UserCodeError) as caught:
        load(spec, "--ext")
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"--ext={spec}: ")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("import os\nimport nosuch_lib\n", "No module named 'nosuch_lib'", 2),
        ("\n\nx = 1 +\n", "SyntaxError: invalid syntax", 3),
        ("import json\njson.loads('{')\n", "JSONDecodeError", 2),
        ("raise SystemExit(3)\n", "SystemExit: 3", 1),
    ],
)
def test_a_module_that_fails_shows_the_users_line(folder, text, says, line):
    file = folder / "broken.py"
    file.write_text(text)
    with pytest.raises(UserCodeError) as caught:
        load("broken:Extract", "--ext")
    assert says in str(caught.value)
    assert f"{file}:{line}: {text.splitlines()[line - 1]}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", None),
        ("()", {}),
        ("(x=0.4, y=-1, z=None, on=True)", {"x": 0.4, "y": -1, "z": None, "on": True}),
        ("(label=person)", {"label": "person"}),
        ("(labels=[person, 'car park'])", {"labels": ["person", "car park"]}),
        ("(labels={person}, box=(1, 2))", {"labels": {"person"}, "box": (1, 2)}),
        ("(target=out.jsonl, sizes={'a': 1})", {"target": "out.jsonl", "sizes": {"a": 1}}),
    ],
)
def test_arguments_are_literals_and_words_are_texts(text, arguments):
    assert split_call(f"module:Name{text}", "--ext=x") == ("module:Name", arguments)


@pytest.mark.parametrize(
    "text",
    [
        "(x=open('/etc/passwd'))",
        "(x=__import__('os').system('true'))",
        "(x=[y for y in 'ab'])",
        "(x=lambda: 1)",
        "(x=1+1)",
        "(x='a' if y else 'b')",
        "(**x)",
        "(*x)",
        "(1)",
        "(x=1)(y=2)",
        "(x=1).y",
        "(x=1",
        "(x=1); y",
        "(x=\0)",
        "(" * 5000,
        "(x=" + "-" * 100_000 + "1)",
    ],
)
def test_what_is_no_literal_is_refused_and_not_run(text):
    with pytest.raises(UserCodeError, match="invalid arguments") as caught:
        split_call(f"module:Name{text}", "--ext=x")
    assert "values as in Python" in str(caught.value)


@pytest.mark.parametrize(
    "spec", ["my_code.py:Extract", "./my_code.py:Extract", "{}/my_code.py:Extract"]
)
def test_a_file_in_place_of_a_module(mine, spec):
    assert load(spec.format(mine), "--ext").__name__ == "Extract"


def test_a_file_elsewhere(mine, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("else where")
    (elsewhere / "my-other.py").write_text(MODULE)
    found = load(f"{elsewhere}/my-other.py:NeedsMore(path=here)", "--proc")
    assert found().path == "here"


def test_a_file_of_a_package(folder):
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").touch()
    (folder / "pack" / "base.py").write_text("class Base: pass")
    (folder / "pack" / "part.py").write_text("from .base import Base\nclass Ext(Base): pass")
    assert load("pack/part.py:Ext", "--ext").__module__ == "pack.part"
    assert load("pack.part:Ext", "--ext") is load("./pack/part.py:Ext", "--ext")


def test_a_package_called_py(folder):
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").touch()
    (folder / "pack" / "py.py").write_text("x = 5")
    assert load("pack.py:x", "--ext") == 5


def test_a_deleted_current_directory(mine, tmp_path_factory, monkeypatch):
    monkeypatch.syspath_prepend(str(mine))
    gone = tmp_path_factory.mktemp("gone")
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert load("my_code:Extract", "--ext").__name__ == "Extract"
    with pytest.raises(UserCodeError, match="no module 'nosuch'") as error:
        load("nosuch:x", "--ext")
    assert "current directory, which was deleted" in str(error.value)
    for file in ("./my_code.py", "sub/my_code.py"):
        with pytest.raises(UserCodeError, match="no file") as error:
            load(f"{file}:Extract", "--ext")
        assert "the current directory was deleted" in str(error.value)
    assert load(f"{mine}/my_code.py:Extract", "--ext").__name__ == "Extract"
