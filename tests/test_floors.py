"""Imports point down only: the floors of the design, read from the source without running it.

Every import counts, wherever it stands: one inside a function only hides the direction.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "pythiags"

FLOORS = (
    {
        *(
            "abstract",
            "allocator",
            "checks",
            "errors",
            "errorlog",
            "gstpython",
            "statedir",
            "suggest",
            "printable",
            "redact",
            "data",
            "usercode",
        ),
        "extras",
        *(
            "lazy",
            "nvidia",
            "picklable",
            "textfile",
            "display",
            "retry",
            "controlsocket",
            "sourcecode",
        ),
    },
    {
        "description",
        "metadata",
        "channel",
        "workers",
        "consumers",
        "brokers",
        "inference",
        "recording",
        "releases",
        "tracing",
    },
    {"gst"},
    {"portable", "extractors", "lookalikes"},
    {"app"},
    {"cli", "kivy", "testing", "__main__"},
)
FLOOR = {part: number for number, parts in enumerate(FLOORS) for part in parts}
# Neighbours on one floor that may see each other: who imports, what.
NEIGHBOURS = {
    ("workers", "channel"),
    ("releases", "description"),
    ("recording", "metadata"),
    ("recording", "consumers"),
    ("lookalikes", "extractors"),
    ("lookalikes", "portable"),
    ("portable", "lookalikes"),
    ("__main__", "cli"),
    ("cli", "kivy"),
    ("cli", "testing"),
}
# What comes from outside, and the parts that may have it.
OUTSIDE = {
    "numpy": {
        *("metadata", "workers", "inference", "recording"),
        *("gst", "portable", "lookalikes", "app", "kivy", "testing"),
    },
    "gi": {"gst"},
    "pyds": {"gst", "testing"},
    "onnxruntime": {"portable"},
    "openvino": {"portable"},
    "supervision": {"metadata"},
    "orjson": {"recording"},
    "zstandard": {"recording"},
    "prometheus_client": {"app"},
    "confluent_kafka": {"brokers"},
    "paho": {"brokers"},
    "pika": {"brokers"},
    "redis": {"brokers"},
    "pytest": {"testing"},
    "sitecustomize": {"lookalikes"},
    "click": {"cli"},
    "rich": {"cli"},
    "kivy": {"kivy"},
}
CYTHON_IMPORT = re.compile(
    r"^\s*(?:from\s+([\w.]+)\s+c?import\b|c?import\s+([\w.]+))", re.MULTILINE
)


def imports(source: str, module: str) -> Iterator[tuple[str, int]]:
    """The modules that the Python text of ``module`` imports, with their lines."""
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], base]).rstrip(".")
            # `from pythiags import app` names a part behind the word import.
            names = [f"{base}.{alias.name}" for alias in node.names]
            yield from ((name, node.lineno) for name in (names if base == "pythiags" else [base]))
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"import_module", "importlib.import_module", "__import__"}
            and isinstance(node.args[0], ast.Constant)
        ):
            name = str(node.args[0].value)
            yield (f"{package}{name}" if name.startswith(".") else name), node.lineno


def cython_imports(source: str) -> Iterator[tuple[str, int]]:
    """The modules that a Cython text imports at run time or compile time, with their lines."""
    for match in CYTHON_IMPORT.finditer(source):
        yield match[1] or match[2], source.count("\n", 0, match.start()) + 1


def objection(part: str, imported: str) -> str | None:
    """Why ``part`` may not import the module ``imported``; None when it may."""
    root, _, rest = imported.partition(".")
    if root == "pythiags":
        other = rest.partition(".")[0]
        if other not in FLOOR:
            return None if not other or other == part else f"{other} stands on no floor"
        if FLOOR[other] > FLOOR[part]:
            return f"{other} (floor {FLOOR[other]}) is above {part} (floor {FLOOR[part]})"
        level = FLOOR[other] == FLOOR[part] != 0
        if level and other != part and (part, other) not in NEIGHBOURS:
            return f"{other} is a neighbour of {part}"
        return None
    if root in OUTSIDE:
        return None if part in OUTSIDE[root] else f"{part} may not import {root}"
    known = root in sys.stdlib_module_names or root in {"cpython", "libc", "cython"}
    return None if known else f"{root} is not in the table of what may come from outside"


def violations(module: str, source: str, *, cython: bool = False) -> list[str]:
    """Every import in ``source`` that points up or outside of what its floor may have."""
    part = [*module.split("."), ""][1]
    if part not in FLOOR:
        return [f"{module}: {part} stands on no floor: give it one in this file"]
    found = cython_imports(source) if cython else imports(source, module)
    objections = ((line, objection(part, name)) for name, line in found)
    return [f"{module}:{line}: {why}" for line, why in objections if why]


def module_of(path: Path) -> str:
    words = ["pythiags", *path.relative_to(SOURCE).with_suffix("").parts]
    # A package's own text resolves `from .x` as one of its modules would.
    return ".".join(words)


FILES = sorted(
    path
    for pattern in ("*.py", "*.pyx", "*.pxi")
    for path in SOURCE.rglob(pattern)
    # The starter is a user's code: it takes the public names of the whole package.
    if path != SOURCE / "__init__.py" and path.parent != SOURCE / "cli" / "starter"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down_only(path):
    assert not violations(module_of(path), path.read_text(), cython=path.suffix != ".py")


def test_gi_is_imported_by_one_module_only():
    importing = {
        module_of(path)
        for path in FILES
        if path.suffix == ".py"
        for name, _ in imports(path.read_text(), module_of(path))
        if name.partition(".")[0] == "gi"
    }
    assert importing == {"pythiags.gst.__init__"}


PACKAGES = sorted(path for path in SOURCE.rglob("__init__.py"))


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: str(path.parent.relative_to(SOURCE)))
def test_every_package_says_what_is_public(path):
    body = ast.parse(path.read_text()).body
    targets = [
        ast.unparse(target)
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    assert "__all__" in targets


@pytest.mark.parametrize(
    ("module", "source", "why"),
    [
        ("pythiags.errors", "from pythiags.gst import Gst", "gst (floor 2) is above errors"),
        ("pythiags.metadata.model", "def f():\n    from pythiags import app", "app (floor 4)"),
        ("pythiags.gst.bus", "from ..cli import main", "cli (floor 5) is above gst"),
        ("pythiags.workers.child", "import pythiags.consumers.consumer", "a neighbour of workers"),
        ("pythiags.channel.spill", "import pythiags.workers.wire", "a neighbour of channel"),
        ("pythiags.kivy.widget", "from pythiags.cli import main", "a neighbour of kivy"),
        ("pythiags.app.app", "from gi.repository import Gst", "app may not import gi"),
        ("pythiags.errors", "import numpy as np", "errors may not import numpy"),
        ("pythiags.suggest", "import requests", "not in the table"),
        ("pythiags.suggest", "importlib.import_module('pythiags.app')", "app (floor 4)"),
        ("pythiags.novelty", "import os", "stands on no floor"),
    ],
)
def test_a_violation_is_caught(module, source, why):
    (problem,) = violations(module, source)
    assert why in problem


def test_a_violation_in_cython_is_caught():
    (problem,) = violations(
        "pythiags.channel._ring", "cimport cython\nfrom gi import x", cython=True
    )
    assert problem == "pythiags.channel._ring:2: channel may not import gi"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pythiags.app.app", "from pythiags.gst.pipeline import Pipeline\nimport os.path"),
        ("pythiags.gst.__init__", "from .probe import attach\nfrom gi.repository import Gst"),
        ("pythiags.extractors.ready", "from pythiags.metadata import objects_per_frame"),
        ("pythiags.suggest", "from pythiags.errors import PythiagsError"),
    ],
)
def test_what_points_down_passes(module, source):
    assert violations(module, source) == []
