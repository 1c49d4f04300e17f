"""What waits for a module is called once it is imported, however often it was looked for before."""

import importlib
import importlib.util
import sys

import pytest

from pythiags.lookalikes.afterimport import when_imported

NAME = "module_that_is_waited_for"


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path / f"{NAME}.py"
    sys.modules.pop(NAME, None)


def test_to_be_looked_for_is_not_to_be_imported(module):
    module.write_text("value = 1")
    before, seen = list(sys.meta_path), []
    for _ in range(2):
        when_imported(NAME, lambda found: seen.append(found.value))
    assert importlib.util.find_spec(NAME) is not None
    assert seen == []
    importlib.import_module(NAME)
    assert seen == [1, 1]
    assert sys.meta_path == before


def test_an_import_may_fail_first(module):
    module.write_text("raise ImportError('not yet')")
    seen = []
    when_imported(NAME, lambda found: seen.append(found.value))
    with pytest.raises(ImportError, match="not yet"):
        importlib.import_module(NAME)
    module.write_text("value = 'ready'")
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert seen == ["ready"]
