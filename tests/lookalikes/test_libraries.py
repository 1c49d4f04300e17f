"""``pythiags run``: a library that a script cannot load with ctypes says how to go on."""

import ctypes
import shutil
import subprocess
import sys

import pytest

from pythiags.lookalikes.libraries import remedy

LACKS = "cannot open shared object file: No such file or directory"
EMPTY = "put an empty library there: echo | gcc -shared -x c - -o "


def run(tmp_path, text):
    path = tmp_path / "app.py"
    path.write_text(text)
    command = [sys.executable, "-m", "pythiags", "run", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


LOADS = [
    "import ctypes\nctypes.CDLL({name!r})",
    "import ctypes\nctypes.CDLL({name!r}, mode=ctypes.RTLD_GLOBAL)",
    "import ctypes\nctypes.cdll.LoadLibrary({name!r})",
    "from ctypes import *\ncdll.LoadLibrary({name!r})",
    "from ctypes import CDLL\nimport pathlib\nCDLL(str(pathlib.Path({name!r})))",
]


@pytest.mark.parametrize("load", LOADS)
def test_a_missing_plugin_says_how_to_go_on_at_the_scripts_line(tmp_path, load):
    name = str(tmp_path / "libmyplugins.so")
    done = run(tmp_path, load.format(name=name))
    assert f"OSError: {name}: {LACKS}\n  pythiags run: networks run from " in done.stderr
    assert done.stderr.endswith(f"{EMPTY}{name}\n")
    assert "lookalikes" not in done.stderr
    assert done.returncode == 1


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no compiler")
def test_what_is_said_helps(tmp_path):
    name = str(tmp_path / "libmyplugins.so")
    done = run(tmp_path, LOADS[2].format(name=name))
    command = done.stderr.rstrip().rpartition("there: ")[2]
    subprocess.run(command, shell=True, check=True)
    assert run(tmp_path, LOADS[2].format(name=name)).stderr == ""


@pytest.mark.parametrize("name", ["libnothing.so.7", "./libnothing.so", "/tmp/libcurlish.so"])
def test_any_other_library_has_the_loaders_words_alone(tmp_path, name):
    with pytest.raises(OSError, match=LACKS) as plain:
        ctypes.CDLL(name)
    done = run(tmp_path, f"import ctypes\ntry:\n    ctypes.CDLL({name!r})\n"
               "except OSError as problem:\n    print(problem)")  # fmt: skip
    assert (done.stdout, done.stderr) == (f"{plain.value}\n", "")


def test_what_can_be_loaded_is_loaded(tmp_path):
    done = run(tmp_path, "import ctypes\nprint(ctypes.CDLL(None).getpid() > 0)")
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize(
    ("name", "lacks", "said"),
    [
        ("/app/libdecodeplugin.so", "/app/libdecodeplugin.so", f"{EMPTY}/app/libdecodeplugin.so"),
        ("/a b/libyolo.so", "/a b/libyolo.so", f"{EMPTY}'/a b/libyolo.so'"),
        ("./lib/libpose.so", "libnvinfer.so.8", f"{EMPTY}./lib/libpose.so"),
        ("/app/libpose.so", "libcudart.so.12", f"{EMPTY}/app/libpose.so"),
        ("libcudart.so", "libcudart.so", "catch OSError, and do without"),
        ("libnvinfer_plugin.so.8", "libnvinfer_plugin.so.8", "catch OSError, and do without"),
        ("libpose.so", "libpose.so", None),
        ("/app/libpose.so", "/app/libpose.so", None),
        ("libcurl.so.4", "libcurl.so.4", None),
    ],
)
def test_the_remedy_is_for_what_the_library_is(name, lacks, said):
    found = remedy(name, f"{lacks}: {LACKS}")
    assert found is None if said is None else said in found
