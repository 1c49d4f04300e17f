"""The plugin `pythiags`: found by GStreamer's own tools, and never in the place of DeepStream's."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pythiags import data, portable
from pythiags.gst.registry import REFUSED

STANDINS = Path(__file__).parents[1] / "standins"
MODEL = data.path("config_infer_primary_nanodet.txt")
VIDEO = data.path("pedestrians.h264")
DETECTING = (
    f"filesrc location={VIDEO} ! h264parse ! nvv4l2decoder ! m.sink_0 "
    "nvstreammux name=m batch-size=1 width=1280 height=720 "
    "! identity eos-after=4 "
    f"! nvinfer config-file-path={MODEL} ! nvdsosd ! videoconvert ! fakesink"
)


class Tools:
    """GStreamer's tools and plain scripts, with a registry of their own."""

    def __init__(self, registry: Path) -> None:
        self.registry = registry

    def run(self, *words: str, path: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        environ = os.environ | {"GST_REGISTRY": str(self.registry), "GST_PLUGIN_PATH": path} | more
        return subprocess.run(
            words, capture_output=True, text=True, check=False, env=environ, timeout=60
        )

    def ok(self, *words: str, path: str = "", **more: str) -> str:
        done = self.run(*words, path=path, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return done.stdout

    def owner(self, factory: str, path: str) -> str | None:
        """The name of the plugin that has an element; None: there is no such element."""
        done = self.run("gst-inspect-1.0", factory, path=path)
        assert "CRITICAL" not in done.stderr
        lines = (line.split() for line in done.stdout.splitlines())
        details = [words for words in lines if words[:1] == ["Name"]]
        return details[0][1] if details else None


@pytest.fixture
def tools(tmp_path):
    return Tools(tmp_path / "registry.bin")


@pytest.fixture(scope="module")
def ours():
    return str(portable.plugin_path())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The stand-in for DeepStream's plugin, compiled once."""
    path = tmp_path_factory.mktemp("deepstream") / "libnvdsgst_infer.so"
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "gstreamer-1.0"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    source = STANDINS / "nvdsgst_infer.c"
    words = ["cc", "-shared", "-fPIC", "-w", "-o", str(path), str(source), *shlex.split(flags)]
    subprocess.run(words, check=True)
    return path


@pytest.fixture(params=["", "deepstream"])
def theirs(request, compiled, tmp_path):
    """A folder of plugins with DeepStream's in it, or in the subfolder that NVIDIA uses."""
    folder = tmp_path / "plugins" / request.param
    folder.mkdir(parents=True)
    shutil.copy(compiled, folder)
    return str(tmp_path / "plugins")


# ---- GStreamer's own tools ----


def test_inspect_lists_every_portable_element(tools, ours):
    listed = tools.ok("gst-inspect-1.0", "pythiags", path=ours)
    for name in portable.available():
        assert f"  {name}: " in listed
    for name in REFUSED:
        assert f"  {name}: " in listed
    assert f"{len(portable.available()) + len(REFUSED)} elements" in listed


def test_the_command_prints_the_folder(tools, ours):
    command = [sys.executable, "-m", "pythiags", "plugin-path"]
    assert tools.ok(*command) == f"{ours}\n"


def test_launch_runs_a_detecting_pipeline(tools, ours):
    tools.ok("gst-launch-1.0", "-q", *DETECTING.split(), path=ours)


def test_a_plain_script_runs_a_detecting_pipeline(tools, ours):
    """It has Python and does not know of pythiags."""
    code = (
        "import gi, sys; gi.require_version('Gst', '1.0'); from gi.repository import Gst;"
        "Gst.init([]); pipeline = Gst.parse_launch(sys.argv[1]);"
        "pipeline.set_state(Gst.State.PLAYING);"
        "kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR;"
        "message = pipeline.get_bus().timed_pop_filtered(50 * Gst.SECOND, kinds);"
        "print(message.type.first_value_nick);"
        "pipeline.set_state(Gst.State.NULL)"
    )
    assert tools.ok(sys.executable, "-c", code, DETECTING, path=ours) == "eos\n"


def test_elements_have_the_default_names_of_deepstream(tools, ours):
    code = (
        "from pythiags.gst import Gst; from pythiags import portable; portable.install();"
        "print(*(Gst.ElementFactory.make(name).get_name() for name in portable.available()))"
    )
    names = [f"{name}0" for name in portable.available()]
    names[names.index("nveglglessink0")] = "eglglessink0"
    names[names.index("nvvidconv0")] = "nvvconv0"
    assert tools.ok(sys.executable, "-c", code).split() == names


# ---- what nvinfer needs in a program without Python ----


@pytest.fixture
def elsewhere(ours, tmp_path):
    """The plugin and its library in a folder that belongs to no environment."""
    for part in ("portable/libgstpythiags.so", "native/libpythiags.so"):
        target = tmp_path / "elsewhere" / part
        target.parent.mkdir(parents=True)
        shutil.copy(Path(ours).parent / part, target)
    return tmp_path / "elsewhere" / "portable"


VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


IMPORTS = """
import sys
{imports}
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
message = pipeline.get_bus().timed_pop_filtered(40 * Gst.SECOND, kinds)
print(message.type.first_value_nick, *(message.parse_error() if message.type == 2 else ()))
pipeline.set_state(Gst.State.NULL)
"""


@pytest.mark.parametrize("name", ["pythiags", "pythiags.gst._gst", "pythiags.portable"])
def test_a_program_has_the_engine_whatever_it_imports_of_pythiags(tools, ours, name):
    text = IMPORTS.format(imports=f"import {name}")
    assert tools.ok(sys.executable, "-c", text, DETECTING, path=ours) == "eos\n"


def want_another_libpython(plugin):
    """Have the plugin look for a library that no system has."""
    binary = plugin.read_bytes()
    name = f"libpython{VERSION}.so.1.0"
    assert name.encode() in binary
    plugin.write_bytes(binary.replace(name.encode(), name.replace("python", "qython").encode()))
    return name.replace("python", "qython")


def test_without_libpython_the_error_names_its_package(tools, elsewhere):
    want_another_libpython(elsewhere / "libgstpythiags.so")
    done = tools.run("gst-launch-1.0", "-q", *DETECTING.split(), path=str(elsewhere))
    assert done.returncode != 0
    assert f"install the Debian package libpython{VERSION}" in done.stderr


def test_a_python_with_a_library_of_its_own_is_started(tools, elsewhere, tmp_path):
    """As one that was not installed by the system's packages."""
    libraries = Path(sysconfig.get_config_var("LIBDIR"))
    found = [*libraries.rglob(f"libpython{VERSION}.so.1.0")]
    if not found:
        pytest.skip(f"libpython{VERSION} is not installed")
    name = want_another_libpython(elsewhere / "libgstpythiags.so")
    base = tmp_path / "base"
    for folder in ("bin", "lib"):
        (base / folder).mkdir(parents=True)
    shutil.copy(Path(sys.executable).resolve(), base / "bin" / "python3")
    shutil.copy(found[0].resolve(), base / "lib" / name)
    (base / "lib" / f"python{VERSION}").symlink_to(sysconfig.get_path("stdlib"))
    (elsewhere / "python.path").write_text(f"{base / 'bin' / 'python3'}\n")
    done = tools.run("gst-launch-1.0", "-q", *DETECTING.split(), path=str(elsewhere))
    assert "cannot import pythiags" in done.stderr  # Python runs, in an empty environment


def test_without_pythiags_the_error_says_how_to_install_it(tools, elsewhere, tmp_path):
    (tmp_path / "pythiags.py").write_text("raise ModuleNotFoundError('No module named pythiags')")
    # Without an environment of its own the plugin takes the python3 of PATH.
    environ = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = tools.run("gst-launch-1.0", "-q", *DETECTING.split(), path=str(elsewhere), **environ)
    assert done.returncode != 0
    assert "No module named pythiags" in done.stderr
    assert "pip install 'onnxruntime>=1.17'" in done.stderr


def test_without_onnx_runtime_the_error_says_how_to_install_it(tools, ours, tmp_path):
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('none here')")
    done = tools.run(
        "gst-launch-1.0", "-q", *DETECTING.split(), path=ours, PYTHONPATH=str(tmp_path)
    )
    assert done.returncode != 0
    assert "ONNX Runtime" in done.stderr
    assert "pip install 'onnxruntime>=1.17'" in done.stderr


# ---- another installation of pythiags on GST_PLUGIN_PATH ----


def test_pythiags_takes_its_own_plugin_and_not_another_installation(tools, elsewhere, ours):
    code = (
        "from pythiags import portable; from pythiags.gst import Gst;"
        "find = Gst.Registry.get().find_plugin; print(find('pythiags').get_filename());"
        "print(len(portable.install(['nvarguscamerasrc'])), find('pythiags').get_filename());"
        "print(portable.install() == list(portable.available()), find('pythiags').get_filename())"
    )
    other, own = f"{elsewhere}/libgstpythiags.so", f"{ours}/libgstpythiags.so"
    printed = tools.ok(sys.executable, "-c", code, path=str(elsewhere))
    assert printed.split() == [other, "0", other, "True", own]


# ---- DeepStream's own elements win ----


def test_a_file_of_deepstream_is_known_for_every_element():
    source = Path(__file__).parents[2] / "src" / "pythiags" / "portable" / "common" / "deepstream.c"
    table = re.search(r"files\[\] = \{(.*?)\n\};", source.read_text(), re.DOTALL)[1]
    rows = re.findall(r'\{"(\w+\.so)", \{([^}]*)\}\}', table)
    known = {name for _, names in rows for name in re.findall(r'"(\w+)"', names)}
    assert known == {*portable.available(), *REFUSED} - {"dsmetaconvert"}  # DeepStream has none


@pytest.mark.parametrize("first", [True, False])
def test_deepstream_wins_in_a_fresh_registry_and_in_a_cached_one(tools, ours, theirs, first):
    path = f"{theirs}:{ours}" if first else f"{ours}:{theirs}"
    for _ in range(2):
        assert tools.owner("nvinfer", path) == "nvdsgst_infer"
        assert tools.owner("nvdsosd", path) == "pythiags"


def test_deepstream_wins_where_it_was_found_before(tools, ours, theirs):
    assert tools.owner("nvinfer", theirs) == "nvdsgst_infer"
    assert tools.owner("nvinfer", f"{theirs}:{ours}") == "nvdsgst_infer"
    assert tools.owner("nvinfer", theirs) == "nvdsgst_infer"  # the cache is not damaged


def test_deepstream_wins_where_it_is_found_later(tools, ours, theirs):
    assert tools.owner("nvinfer", ours) == "pythiags"
    assert tools.owner("nvinfer", f"{ours}:{theirs}") == "nvdsgst_infer"
    assert tools.owner("nvdsosd", f"{ours}:{theirs}") == "pythiags"


def test_the_portable_element_comes_back_when_deepstream_goes(tools, ours, theirs):
    path = f"{ours}:{theirs}"
    assert tools.owner("nvinfer", path) == "nvdsgst_infer"
    shutil.rmtree(theirs)
    assert tools.owner("nvinfer", path) == "pythiags"


def test_one_process_may_load_both_in_either_order(tools, compiled):
    code = (
        "import sys; from pythiags import portable; from pythiags.gst import Gst;"
        f"theirs = lambda: Gst.Plugin.load_file({str(compiled)!r});"
        "steps = [theirs, portable.install];"
        "[step() for step in (steps if sys.argv[1] == 'first' else steps[::-1])];"
        "made = Gst.ElementFactory.make('nvinfer');"
        "print(made.get_factory().get_plugin_name(), type(made).__gtype__.name,"
        " 'nvinfer' in portable.install())"
    )
    for order in ("first", "last"):
        printed = tools.ok(sys.executable, "-c", code, order)
        assert printed == "nvdsgst_infer GstNvInfer False\n"
