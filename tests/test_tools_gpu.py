"""The bundle for a machine without internet: what is packed, and that it arrives."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from pythiags import nvidia

TOOLS = Path(__file__).parent.parent / "tools" / "gpu"


def load(name):
    spec = importlib.util.spec_from_file_location(f"gpu_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bundle():
    return load("bundle")


@pytest.fixture
def enter():
    return load("enter")


def write(path, content=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def root(tmp_path):
    """A folder with a part of what a release has."""
    root = tmp_path / "root"
    for path in (
        "usr/bin/cat", "usr/bin/gcc", "usr/lib/x86_64-linux-gnu/libneeded.so.1.2",
        "usr/lib/x86_64-linux-gnu/libspare.so.1", "usr/lib/python3/dist-packages/gi/__init__.py",
        "usr/lib/python3/dist-packages/gi/__pycache__/__init__.pyc", "usr/share/doc/gi/copyright",
        "usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstlibav.so",
        "usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstopenal.so",
        "opt/site/numpy.py", "opt/cpu/onnxruntime.py", "root/pythiags/tests/conftest.py",
        "root/pythiags/.git/HEAD",
    ):  # fmt: skip
        write(root / path)
    (root / "lib").symlink_to("usr/lib")
    (root / "usr/lib/x86_64-linux-gnu/libneeded.so.1").symlink_to("libneeded.so.1.2")
    return root


def linked(monkeypatch, bundle, lines):
    """Have the dynamic linker answer."""
    done = subprocess.CompletedProcess([], 0, stdout=lines)
    monkeypatch.setattr(bundle.subprocess, "run", lambda *_, **__: done)


def test_the_system_has_what_a_program_needs(bundle, root, monkeypatch):
    linked(monkeypatch, bundle, "\tlibneeded.so.1 => /lib/x86_64-linux-gnu/libneeded.so.1 (0x7)\n")
    names = {Path(path).name for path in bundle.selected(root, "system")}
    assert {"cat", "libneeded.so.1", "libneeded.so.1.2", "libgstlibav.so", "lib"} <= names
    assert {"__init__.py", "numpy.py"} <= names
    assert not names & {"gcc", "libspare.so.1", "libgstopenal.so", "__init__.pyc", "copyright"}
    assert not names & {"onnxruntime.py", "conftest.py", "HEAD"}, "these are of other layers"


def test_a_library_that_is_not_there_is_named(bundle, root, monkeypatch):
    linked(monkeypatch, bundle, "\tliblost.so.1 => not found\n\tlibcuda.so.1 => not found\n")
    with pytest.raises(bundle.CannotRun, match=r"lacks liblost\.so\.1$"):
        bundle.selected(root, "system")


@pytest.mark.parametrize("part_size", [300, 1 << 20])
def test_parts_are_put_together_again(bundle, enter, root, tmp_path, part_size):
    parts, there = tmp_path / "parts", tmp_path / "there"
    parts.mkdir()
    noise = bytes(number * number % 251 for number in range(5000))
    write(root / "root/pythiags/tests/noise", noise)
    count = len(bundle.pack(root, "pythiags", parts, part_size))
    assert count > 1 if part_size == 300 else count == 1
    enter.unpack("pythiags", parts, there)
    assert (there / "root/pythiags/tests/noise").read_bytes() == noise
    assert not (there / "root/pythiags/.git").exists()
    (there / "root/pythiags/tests/noise").unlink()
    enter.unpack("pythiags", parts, there)
    assert not (there / "root/pythiags/tests/noise").exists(), "it was unpacked already"


def test_a_layer_that_is_packed_again_is_unpacked_again(bundle, enter, root, tmp_path):
    parts, there = tmp_path / "parts", tmp_path / "there"
    parts.mkdir()
    for text in (b"one", b"other"):
        write(root / "opt/cpu/onnxruntime.py", text)
        bundle.pack(root, "cpu", parts, 1 << 20)
        enter.unpack("cpu", parts, there)
        assert (there / "opt/cpu/onnxruntime.py").read_bytes() == text


def test_a_part_that_is_missing_is_told(bundle, enter, root, tmp_path):
    parts = tmp_path / "parts"
    parts.mkdir()
    with pytest.raises(enter.CannotRun, match="lacks parts of cpu"):
        enter.unpack("cpu", parts, tmp_path / "there")
    bundle.pack(root, "cpu", parts, 200)
    (parts / "cpu.tar.xz.000").unlink()
    with pytest.raises(enter.CannotRun, match="lacks parts of cpu"):
        enter.unpack("cpu", parts, tmp_path / "there")


def test_the_drivers_files_are_those_beside_libcuda(enter, tmp_path, monkeypatch):
    monkeypatch.setattr(enter, "PLACES", (str(tmp_path / "none"), str(tmp_path)))
    monkeypatch.setattr(enter.shutil, "which", lambda _: None)
    assert enter.driver() == []
    for name in ("libcuda.so.1", "libnvcuvid.so.1", "libnvidia-ml.so.1", "libc.so.6"):
        write(tmp_path / name)
    names = {path.name for path in enter.driver()}
    assert names == {"libcuda.so.1", "libnvcuvid.so.1", "libnvidia-ml.so.1"}


def test_the_command_runs_in_the_folder_with_the_machines_libraries(
    bundle, enter, root, tmp_path, monkeypatch
):
    parts, there, place = tmp_path / "parts", tmp_path / "there", tmp_path / "place"
    parts.mkdir()
    write(root / "opt/cpu/onnxruntime.py")
    bundle.pack(root, "cpu", parts, 1 << 20)
    write(place / "libcuda.so.1")
    write(there / "etc/ld.so.conf.d/other.conf")
    monkeypatch.setattr(enter, "PLACES", (str(place),))
    monkeypatch.setattr(enter.shutil, "which", lambda _: None)
    said = ["enter.py", "--parts", str(parts), "--folder", str(there), "--libraries", "/cuda"]
    monkeypatch.setattr("sys.argv", [*said, "cpu", "--", "echo", "two words"])
    started = []

    def run(words, env, check):
        started.append((words, env))
        return subprocess.CompletedProcess(words, 7)

    monkeypatch.setattr(enter.enter.__globals__["subprocess"], "run", run)
    assert enter.main() == 7
    ((words, environment),) = started
    assert str(there) in words
    assert f"{place}/libcuda.so.1 /cuda" in words
    assert words[-1] == "ldconfig && cd /root/pythiags && exec echo 'two words'"
    assert environment["PYTHONPATH"] == "/opt/cpu:/opt/site"
    assert (there / "etc/ld.so.conf.d/machine.conf").read_text() == f"/cuda\n{place}\n"


# ---- the report ----

RESULTS = """<testsuites><testsuite>
<testcase classname="tests.gpu.test_card" name="test_one[1]"/>
<testcase classname="tests.gpu.test_card" name="test_two"><failure message="no&#10;"/></testcase>
<testcase classname="tests.gpu.test_card" name="test_three"><error message="broken"/></testcase>
<testcase classname="tests.gpu.test_card" name="test_four"><skipped message="needs two"/></testcase>
<testcase classname="tests.gpu.test_card" name="test_five"><skipped message="needs two"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def report(monkeypatch):
    """The tool; the benchmarks' modules are found by it alone."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield load("report")
    for name in ("run", "rows", "picture"):
        sys.modules.pop(name, None)


def test_a_report_names_what_failed_and_has_the_figures_beside_their_limits(report, tmp_path):
    (tmp_path / "results.xml").write_text(RESULTS)
    row = sys.modules["rows"].Row
    rows = [row("frames", 3000.0, "fps", 2000.0, "more"), row("CPU", 3.0, "cores", 2.5)]
    tests = report.read_results(tmp_path / "results.xml")
    lines = report.text_of(["- card 0: some"], tests, rows).splitlines()
    assert "- card 0: some" in lines
    assert "1 passed, 2 failed, 2 skipped" in lines
    assert "- failed: `test_card::test_two`: no" in lines
    assert "- failed: `test_card::test_three`: broken" in lines
    assert "- skipped, 2: needs two" in lines
    assert "| frames | 3,000 fps | ≥ 2,000 fps | kept |  |" in lines
    assert "| CPU | 3 cores | ≤ 2.5 cores | **missed** |  |" in lines


def test_tests_that_cannot_be_run_are_a_failure(report):
    (found,) = report.run_tests(["no-such-folder"])
    assert (found.name, found.result) == ("pytest", "failed")


def test_a_report_without_a_card_says_so_and_fails(report, tmp_path, monkeypatch):
    """As on every machine of CI; where there is a card the tests are those of the card."""
    monkeypatch.setattr(nvidia, "DRIVER", "libnosuchdriver.so.1")
    to = tmp_path / "report.md"
    words = ["report.py", "--to", str(to), "--no-figures", "tests/test_extras.py"]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(report, "run_tests", lambda _: [report.Test("a", "skipped", "no card")])
    assert report.main() == 1
    assert "- no card: there is no NVIDIA driver" in to.read_text()
    assert "- skipped, 1: no card" in to.read_text()
