"""The tools beside the package: what they refuse, and what they say then."""

import dataclasses
import importlib.util
import sys
import zipfile
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent / "tools"


def load(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dist():
    return load("dist")


@pytest.fixture
def folders(monkeypatch):
    module = load("folders")
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    monkeypatch.setattr(module.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    return module


def wheel(folder, tag, *files):
    path = folder / f"pythiags-2.0-cp311-cp311-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in ("pythiags/__init__.py", *files):
            archive.writestr(file, "")
    return path


@pytest.mark.parametrize(
    "tag", ["manylinux_2_35_x86_64", "manylinux2014_aarch64.manylinux_2_17_aarch64"]
)
def test_an_index_takes_a_wheel_of_a_manylinux_policy(dist, tmp_path, tag):
    assert dist.problems(wheel(tmp_path, tag)) == []


@pytest.mark.parametrize("tag", ["linux_x86_64", "any"])
def test_an_index_takes_no_other_wheel(dist, tmp_path, tag):
    assert dist.problems(wheel(tmp_path, tag)) == ["its tag is no manylinux policy"]


def test_a_wheel_that_bundles_a_library_is_refused_by_name(dist, tmp_path):
    bundled = "pythiags.libs/libgstreamer-1-0123abcd.0.so.0"
    (problem,) = dist.problems(wheel(tmp_path, "manylinux_2_35_x86_64", bundled))
    assert bundled in problem


def test_a_machine_that_lacks_something_is_told_what(folders, tmp_path, monkeypatch):
    arch = next(each for each in folders.EMULATORS if each != folders.native_arch())
    emulator = folders.EMULATORS[arch]
    monkeypatch.setattr(folders, "BINFMT", tmp_path)
    with pytest.raises(folders.CannotRun, match=f"update-binfmts --enable {emulator}"):
        folders.check(arch)
    (tmp_path / emulator).write_text("disabled\n")
    with pytest.raises(folders.CannotRun, match="qemu-user-static"):
        folders.check(arch)
    (tmp_path / emulator).write_text("enabled\ninterpreter /x\n")
    folders.check(arch)
    monkeypatch.setattr(folders.shutil, "which", lambda _: None)
    with pytest.raises(folders.CannotRun, match="apt-get install debootstrap"):
        folders.check(folders.native_arch())
    monkeypatch.setattr(folders.os, "geteuid", lambda: 1000)
    with pytest.raises(folders.CannotRun, match="sudo"):
        folders.check(folders.native_arch())


def test_what_is_not_known_is_refused_with_what_is(folders):
    with pytest.raises(folders.CannotRun, match="unknown release 'sarge'; known: jammy"):
        folders.Folder("sarge")
    with pytest.raises(folders.CannotRun, match="known: arm64"):
        folders.check("riscv64")


def test_a_picture_shows_what_a_terminal_shows():
    pictures = load("terminal_pictures")
    live = b"\x1b[32mone\x1b[0m\r\nbar 1\r\n  two\r\x1b[2K\x1b[1A\x1b[2Kthree\r\nbar 2\r\n  four"
    written = live + b"\r\x1b[2K\x1b[1A\x1b[2Kthe end\r\n\r\n"
    assert pictures.lines_of(written, live=False) == [b"\x1b[32mone\x1b[0m", b"three", b"the end"]
    lines = pictures.lines_of(written, live=True)
    assert lines == [b"\x1b[32mone\x1b[0m", b"three", b"bar 2", b"  four"]
    svg = pictures.picture("pythiags doctor", lines)
    assert "pythiags&#160;doctor" in svg
    assert "three" in svg
    assert "http" not in svg.replace("http://www.w3.org", ""), "nothing is loaded from elsewhere"


def test_a_program_has_a_terminal_as_wide_as_the_picture():
    pictures = load("terminal_pictures")
    assert pictures.run("stty size").split() == [b"40", b"%d" % pictures.COLUMNS]


def test_a_gstreamer_that_no_release_has_is_refused_by_name(folders, monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    test_gst = load("test_gst")
    monkeypatch.setattr(sys, "argv", ["test_gst.py", "1.14"])
    with pytest.raises(test_gst.CannotRun, match=r"'1\.14'; known: 1\.20, 1\.26, 1\.28"):
        test_gst.main()
    assert set(test_gst.RELEASES.values()) | {test_gst.BUILDER} <= set(folders.RELEASES)


@pytest.fixture(params=["address", "thread"])
def sanitized(request, monkeypatch, tmp_path):
    """The tool, and a sanitizer of it whose folder is empty."""
    module = load("test_sanitized")
    kind = dataclasses.replace(module.SANITIZERS[request.param], folder=tmp_path)
    monkeypatch.setattr(module, "THREAD", kind)
    return module, kind


REPORTS = {
    "heap-buffer-overflow on address": """
==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1
    #0 0x1 in memcpy (libasan.so.8+0x3)
    #1 0x2 in pt_copy ../src/pythiags/native/copy.c:7
SUMMARY: AddressSanitizer: heap-buffer-overflow in memcpy
""",
    "shift exponent 40": """
src/pythiags/native/area.c:3:5: runtime error: shift exponent 40 is too large
    #1 0x2 in pt_copy ../src/pythiags/native/copy.c:7
""",
    "SUMMARY: ThreadSanitizer: data race": """
==================
WARNING: ThreadSanitizer: data race (pid=7)
  Write of size 8 at 0x1 by thread T2:
    #0 memcpy ../../src/libsanitizer/sanitizer_common_interceptors.inc:827 (libasan.so.8+0x3)
    #1 pt_copy ../src/pythiags/native/copy.c:7 (libpythiags.so+0x2)
SUMMARY: ThreadSanitizer: data race ../src/pythiags/native/copy.c:7 in pt_copy
""",
}


@pytest.mark.parametrize("said", REPORTS)
def test_the_report_of_a_sanitizer_is_cut_to_what_was_found_and_where(said):
    summary = load("test_sanitized").summary_of(REPORTS[said])
    assert said in summary
    assert "native/copy.c:7" in summary
    assert "libasan.so.8+0x3" not in summary


OTHERS = """
==================
WARNING: ThreadSanitizer: data race (pid=7)
  Read of size 1 at 0x1 by thread T5:
    #0 strcmp ../../src/libsanitizer/sanitizer_common/sanitizer_common_interceptors.inc:457
    #1 <null> <null> (libfontconfig.so.1+0x22723)
    #2 draw_text ../src/pythiags/portable/osd/frame.c:33 (libgstpythiags.so+0x61934)

  Previous write of size 8 at 0x1 by thread T1:
    [failed to restore the stack]

SUMMARY: ThreadSanitizer: data race (libfontconfig.so.1+0x22723)
==================
WARNING: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong thread) (pid=7)
    #0 pthread_mutex_unlock ../../src/libsanitizer/sanitizer_common_interceptors.inc:4338
    #1 <null> <null> (libgstgoom.so+0x26ce)

SUMMARY: ThreadSanitizer: unlock of an unlocked mutex (libgstgoom.so+0x26ce)
==================
"""


def test_races_within_libraries_of_others_are_left_out():
    tool = load("test_sanitized")
    assert tool.summary_of(OTHERS) == ""
    ours = REPORTS["SUMMARY: ThreadSanitizer: data race"]
    assert tool.summary_of(OTHERS + ours) == tool.summary_of(ours)


def test_a_compiler_without_sanitizers_is_told_of(sanitized, monkeypatch):
    module, kind = sanitized
    monkeypatch.setattr(module.subprocess, "check_output", lambda words, **_: words[1][17:])
    with pytest.raises(module.CannotRun, match=f"gcc has no {kind.runtimes[0]}"):
        module.runtimes(kind)


def test_a_sanitizer_that_finds_nothing_ends_the_run(sanitized, monkeypatch):
    module, kind = sanitized
    kind = dataclasses.replace(kind, mistake="void mistake (void) {}", flags="")
    monkeypatch.setattr(module.Sanitizer, "python", Path(sys.executable))
    monkeypatch.setattr(module, "environment", lambda _: {})
    with pytest.raises(module.CannotRun, match="does not see the mistake in"):
        module.check_that_it_finds(kind)


@pytest.mark.parametrize("words", [[], ["leak"], ["tests/portable"]])
def test_a_sanitizer_that_is_not_known_is_refused_by_name(monkeypatch, words):
    module = load("test_sanitized")
    monkeypatch.setattr(sys, "argv", ["test_sanitized.py", *words])
    with pytest.raises(module.CannotRun, match="address or thread"):
        module.main()


VALGRIND = """==7== Thread 4:
==7== Conditional jump or move depends on uninitialised value(s)
==7==    at 0x1: pt_copy (copy.c:7)
==7==    by 0x2: ??? (in /usr/lib/libgstpythiags.so)
==7==\x20
==7== Conditional jump or move depends on uninitialised value(s)
==7==    at 0x3: x265_encode (in /usr/lib/libx265.so)
"""


def test_reports_of_valgrind_are_of_ours():
    (report,) = load("test_valgrind").reports_of(VALGRIND)
    assert "pt_copy" in report


def test_valgrind_that_is_missing_or_a_line_that_cannot_be_run_is_told_of(monkeypatch):
    tool = load("test_valgrind")
    monkeypatch.setattr(sys, "argv", ["test_valgrind.py", "nvinfer"])
    monkeypatch.setattr(tool.shutil, "which", lambda _: "/usr/bin/valgrind")
    with pytest.raises(tool.CannotRun, match=r"no line of 'nvinfer' can be run; known: .*nvosdbin"):
        tool.main()
    monkeypatch.setattr(tool.shutil, "which", lambda _: None)
    with pytest.raises(tool.CannotRun, match="apt-get install valgrind"):
        tool.main()


def test_a_target_of_fuzzing_that_is_not_known_is_refused_by_name(monkeypatch):
    fuzz, real = load("fuzz"), importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(fuzz.CannotRun, match="atheris is not installed"):
        fuzz.prepare([])
    # Of others the truth: pythiags asks too, when it is first imported.
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: object() if name == "atheris" else real(name)
    )
    with pytest.raises(fuzz.CannotRun, match="'nosuch'; known: pipelines"):
        fuzz.prepare(["nosuch"])
