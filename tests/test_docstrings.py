"""Docstrings read as plain text in ``help()`` and editors, and are not garbled on the pages."""

import importlib
import inspect
import pkgutil
import re

import pytest

import pythiags

napoleon = pytest.importorskip(
    "sphinx.ext.napoleon", reason="the documentation's tools are missing: make install brings them"
)

ROLE = re.compile(r":[a-z]+:`")
FIELDS = (":type", ":rtype:", ":vartype")
WITHOUT_A_SCREEN = "pythiags.kivy"  # its modules open a window where they are imported


def modules():
    yield pythiags
    for found in pkgutil.walk_packages(pythiags.__path__, "pythiags."):
        if not found.name.startswith(WITHOUT_A_SCREEN) and "libgstpythiags" not in found.name:
            yield importlib.import_module(found.name)


def documented():
    """Yield kind, name and docstring of all that the package defines."""
    for module in modules():
        yield "module", module.__name__, module.__doc__
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            place = f"{module.__name__}.{name}"
            if inspect.isclass(value):
                yield "class", place, value.__doc__
                yield from members(value, place)
            elif inspect.isroutine(value):
                yield "function", place, value.__doc__


def members(cls, place):
    for name, value in vars(cls).items():
        function = getattr(value, "__func__", value)  # of a classmethod
        if isinstance(value, property) or inspect.isgetsetdescriptor(value):
            yield "property", f"{place}.{name}", value.__doc__
        elif inspect.isroutine(function):
            yield "method", f"{place}.{name}", function.__doc__


def garbled(kind, text):
    """Return what napoleon takes for a type, which a docstring never has: annotations do."""
    config = napoleon.Config(napoleon_use_ivar=True)
    read = napoleon.GoogleDocstring(inspect.cleandoc(text), config, what=kind, name="x")
    return [line for line in str(read).splitlines() if line.startswith(FIELDS)]


def test_no_docstring_has_markup_that_only_sphinx_reads():
    texts = [(name, text) for _, name, text in documented() if text]
    assert len(texts) > 500
    assert [name for name, text in texts if ROLE.search(text)] == []


def test_no_sentence_is_taken_for_a_type():
    found = {name: garbled(kind, text) for kind, name, text in documented() if text}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("property", "The error: why it ended."),
        ("function", "Do it.\n\nReturns:\n    The result: or None.\n"),
    ],
)
def test_the_control_a_colon_in_the_first_line_of_either(kind, text):
    assert garbled(kind, text)


@pytest.mark.parametrize("name", ["App", "Channel", "Consumer", "Description", "frames_per_batch"])
def test_help_is_plain(name):
    import pydoc

    text = pydoc.render_doc(getattr(pythiags, name), renderer=pydoc.plaintext)
    assert not ROLE.search(text)
