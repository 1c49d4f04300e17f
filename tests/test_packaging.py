"""The wheel: what is in it, what it links to, and that it works where it is installed."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "pythiags"
pytestmark = pytest.mark.timeout(600)  # the first test rebuilds the native core

# The interpreter under the virtual environment: it sees no editable installation.
PYTHON = str(Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}")


def run(*words, **kwargs):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **kwargs)
    assert done.returncode == 0, f"{words} failed\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from this tree, which holds a stray cache as every working tree does."""
    stray = SOURCE / "gst" / "__pycache__" / "stray.pyc"
    stray.parent.mkdir(exist_ok=True)
    stray.touch()
    folder = tmp_path_factory.mktemp("wheel")
    try:
        run(
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
            # What was compiled for the last wheel is compiled again only where it has changed.
            *("--config-settings", f"build-dir={ROOT / 'build' / 'wheel'}"),
            *("--wheel-dir", str(folder), str(ROOT)),
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )
    finally:
        stray.unlink()
    (path,) = folder.glob("pythiags-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the wheel in it and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--target", str(folder), str(wheel)),
    )
    return folder


def dynamic(library, kind):
    """What the dynamic section of a library names: what it needs, or where that is looked for."""
    return re.findall(rf"\({kind}\).*\[(.+)\]", run("readelf", "--dynamic", str(library)))


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_package_is_in_the_wheel(wheel):
    wanted = {
        f"pythiags/{path.relative_to(SOURCE)}"
        for path in SOURCE.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and "native" not in path.relative_to(SOURCE).parts
        and path.suffix not in {".c", ".h", ".in", ".pyx", ".pxd"}
        and path.name != "meson.build"
    }
    assert "pythiags/py.typed" in wanted
    assert wanted <= names(wheel)


def test_nothing_that_only_the_build_needs_is_in_the_wheel(wheel):
    suffixes = {".c", ".h", ".in", ".pyx", ".pxi", ".pxd", ".build", ".pyc"}
    assert [name for name in names(wheel) if Path(name).suffix in suffixes] == []


def test_the_licences_are_in_the_wheel(wheel):
    licences = {name.partition("/licenses/")[2] for name in names(wheel)} - {""}
    assert {"LICENSE", "NOTICE"} <= licences


def test_gstreamer_is_linked_and_not_bundled(wheel, installed):
    libraries = [name for name in names(wheel) if ".so" in Path(name).name]
    modules = {Path(name).name.partition(".")[0] for name in libraries}
    extensions = {path.stem for path in SOURCE.rglob("*.pyx")}
    assert modules == {*extensions, "libpythiags", "libgstpythiags"}
    (core,) = (installed / "pythiags" / "gst").glob("_gst.*.so")
    assert "libgstreamer-1.0.so.0" in dynamic(core, "NEEDED")


def test_libraries_find_each_other_wherever_they_are_installed(installed):
    folders = {path.name: dynamic(path, "R(?:UN)?PATH") for path in installed.rglob("*.so*")}
    found = {name.partition(".")[0]: paths for name, paths in folders.items()}
    shared = ["$ORIGIN/../native"]
    alone = {name: [] for name in ("_ring", "_clustering", "_records", "libpythiags")}
    below = ["$ORIGIN/../../native"]
    assert found == {**alone, "_gst": shared, "libgstpythiags": shared, "_pyds": below}


def test_the_plugin_does_not_need_python(installed):
    (plugin,) = installed.rglob("libgstpythiags.so")
    (library,) = installed.rglob("libpythiags.so")
    needed = dynamic(plugin, "NEEDED") + dynamic(library, "NEEDED")
    assert not [name for name in needed if "python" in name and name != "libpythiags.so"]
    undefined = run("nm", "--dynamic", "--undefined-only", str(plugin), str(library))
    assert " Py" not in undefined


def test_gstreamer_finds_the_elements_of_the_installed_wheel(installed, tmp_path):
    environ = os.environ | {
        "GST_PLUGIN_PATH": str(installed / "pythiags" / "portable"),
        "GST_REGISTRY": str(tmp_path / "registry.bin"),
    }
    listed = run("gst-inspect-1.0", "pythiags", env=environ)
    assert "nvinfer: " in listed
    words = [
        "videotestsrc",
        "num-buffers=3",
        "!",
        "nvvideoconvert",
        "!",
        "nvdsosd",
        "!",
        "fakesink",
    ]
    run("gst-launch-1.0", "-q", *words, env=environ)


def test_nvinfer_of_an_installed_wheel_starts_the_python_of_its_environment(wheel, tmp_path):
    """Its environment alone knows where the packages are that the engine imports."""
    run(PYTHON, "-m", "venv", "--system-site-packages", "--without-pip", str(tmp_path / "env"))
    (packages,) = tmp_path.glob("env/lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    environ = os.environ | {
        "GST_PLUGIN_PATH": str(packages / "pythiags" / "portable"),
        "GST_REGISTRY": str(tmp_path / "registry.bin"),
    }
    model = packages / "pythiags" / "data" / "config_infer_primary_nanodet.txt"
    run(
        *("gst-launch-1.0", "-q", "videotestsrc", "num-buffers=2", "!", "nvvideoconvert", "!"),
        *("nvinfer", f"config-file-path={model}", "!", "fakesink"),
        env=environ,
    )


def test_the_installed_wheel_works(installed):
    """With the dependencies of this environment but from another folder, by another interpreter."""
    path = os.pathsep.join([str(installed), sysconfig.get_path("purelib")])
    code = "import pythiags; from pythiags.gst import _gst; print(_gst.__file__)"
    printed = run(PYTHON, "-c", code, env=os.environ | {"PYTHONPATH": path}, cwd=installed)
    assert printed.startswith(str(installed))


def test_an_editable_build_needs_what_an_isolated_one_needs():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 cannot read TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


def test_type_checkers_find_the_editable_package(tmp_path):
    """They follow a path, and do not run the import hook of an editable build."""
    (tmp_path / "mine.py").write_text("import pythiags\nreveal_type(pythiags.App('x').run())\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "mine.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Revealed type is "pythiags.app.stats.Summary"' in done.stdout
