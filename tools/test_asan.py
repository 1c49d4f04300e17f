#!/usr/bin/python3
"""Run tests with all that is compiled under AddressSanitizer and UndefinedBehaviorSanitizer.

    make test-asan
    .venv/bin/python tools/test_asan.py tests/portable/test_mux.py

The extension modules, the library that they share with the plugin, and the plugin are compiled in
``build/asan``, as a wheel is, and installed in an environment of their own there, which finds all
else in ``.venv``. The second time only what has changed is compiled. What a sanitizer finds ends
the process that did it. AddressSanitizer's reports are shown at the end, also those of processes
that no test looks at, and stay in ``build/asan/reports``; what is undefined is told at once.

Leaks are not looked for: Python and GStreamer keep much until a process ends, and what outlives a
pipeline is told by GStreamer's own tracer (``tests/portable/test_leaks.py``). Code of others is not
compiled anew, and no finding of theirs is suppressed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "asan"
REPORTS = FOLDER / "reports"
VENV = FOLDER / "venv"
TESTS = (
    *("tests/metadata", "tests/channel", "tests/inference", "tests/recording", "tests/tracing"),
    *("tests/gst", "tests/portable", "tests/lookalikes/test_pyds.py"),
)
FLAGS = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
# Preloaded: the sanitizers have to be there before Python, which is not compiled with them, and
# before the exceptions of C++ that they watch (ONNX Runtime's).
RUNTIMES = ("libasan.so", "libubsan.so", "libstdc++.so")
ASAN = {
    "detect_leaks": "0",
    "detect_stack_use_after_return": "1",
    "strict_string_checks": "1",
    # What is far too large is refused, as without a sanitizer: tests ask for it.
    "allocator_may_return_null": "1",
    "log_path": str(REPORTS / "report"),
}
# Not run, and why.
SLOW = "a disk and a stream are no longer as fast as it expects"
MEMORY = "what is freed is kept back for a while, to find who uses it still"
ALONE = "it starts a process without the sanitizers' libraries, which the extension modules need"
ARENA = "memory of metadata is not used again: who uses what was freed is to be seen (arena.h)"
SIGNAL = "the signal is explained, and does not end the process"
BEHIND = "where a struct does not say which version it is, the word behind it is looked at"
LEFT_OUT = {
    "tests/channel/test_leftovers.py::test_a_disk_that_fills_up_while_it_runs": SLOW,
    "tests/channel/test_spill.py::"
    "test_an_event_that_cannot_be_pickled_later_on_is_dropped_and_told": SLOW,
    "tests/channel/test_spill.py::"
    "test_a_full_allowance_drops_the_oldest_on_disk_and_waits_for_nobody": SLOW,
    "tests/channel/test_records.py::test_dropped_records_are_freed_without_python": MEMORY,
    "tests/channel/test_records.py::test_kept_records_are_what_memory_shows": MEMORY,
    "tests/gst/test_arena.py::test_a_batch_lives_where_the_last_one_did": ARENA,
    "tests/gst/test_arena.py::test_what_is_kept_is_bounded": ARENA,
    "tests/gst/test_conformance.py::test_a_carrier_that_ends_its_process_is_a_fault"
    "[import os, signal; os.kill(os.getpid(), signal.SIGSEGV)-ended by SIGSEGV]": SIGNAL,
    "tests/gst/test_log.py": ALONE,
    "tests/gst/test_nvidia_users.py::test_analytics_of_an_object_before_it_had_a_status": BEHIND,
    "tests/lookalikes/test_pyds.py::test_an_older_version_has_its_own_names_and_labels": ALONE,
    "tests/lookalikes/test_pyds.py::test_a_version_that_never_was_is_refused": ALONE,
}


class CannotRun(Exception):
    """Something is missing here; the message says what, and what to do."""


def runtimes() -> str:
    """Return the libraries to preload, as ``LD_PRELOAD`` has them.

    Raises:
        CannotRun: The compiler has none.
    """
    found = []
    for name in RUNTIMES:
        words = ["gcc", f"-print-file-name={name}"]
        path = Path(subprocess.check_output(words, text=True).strip())
        if not path.is_absolute():
            raise CannotRun(f"gcc has no {name}: apt-get install libasan8 libubsan1 (GCC 12)")
        found.append(str(path.resolve()))
    return ":".join(found)


def environment() -> dict[str, str]:
    """Return what the environment of a process has in addition that has the sanitizers in it."""
    options = ":".join(f"{name}={value}" for name, value in ASAN.items())
    return {
        "LD_PRELOAD": runtimes(),
        "ASAN_OPTIONS": options,
        "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={ASAN['log_path']}",
        # Else objects of Python lie side by side in blocks of its own, and nothing is seen.
        "PYTHONMALLOC": "malloc",
        # What tests compile of ours themselves.
        "CFLAGS": FLAGS,
    }


def build() -> None:
    """Compile what has changed, and install it."""
    wheels, site = FOLDER / "wheel", _site()
    shutil.rmtree(wheels, ignore_errors=True)
    if not VENV.exists():
        python = "/usr/bin/python3"
        run(python, "-m", "venv", "--system-site-packages", "--without-pip", str(VENV))
        # A path in such a file is searched, and the files of its kind that lie there are not read:
        # the editable installation stays unseen.
        others = subprocess.check_output([sys.executable, "-c", _PURELIB], text=True)
        (site / "others.pth").write_text(others)
    settings = {
        "build-dir": str(FOLDER / "build"),
        "setup-args": (
            "-Dbuildtype=debugoptimized",
            "-Db_sanitize=address,undefined",
            f"-Dc_args={FLAGS}",
        ),
    }
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    for name, values in settings.items():
        each = [values] if isinstance(values, str) else values
        words += [f"--config-settings={name}={value}" for value in each]
    run(*words, "--wheel-dir", str(wheels), str(ROOT))
    (wheel,) = wheels.glob("*.whl")
    for old in (*site.glob("pythiags"), *site.glob("pythiags-*")):
        shutil.rmtree(old)
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run(*words, "--upgrade", "--target", str(site), str(wheel))
    for library in (site / "pythiags").rglob("*.so"):
        if b"__asan_init" not in library.read_bytes():
            raise CannotRun(f"{library} was compiled without a sanitizer")


def run(*words: str) -> None:
    """Run a program that builds.

    Raises:
        CannotRun: It failed.
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if subprocess.run(words, env=os.environ | {"PATH": path}, check=False).returncode != 0:
        raise CannotRun(f"this failed: {' '.join(words)}")


def check_that_it_finds() -> None:
    """See that a sanitizer ends a process, and reports it.

    Raises:
        CannotRun: It does not: no test would show anything.
    """
    code = "import ctypes; ctypes.memmove(ctypes.create_string_buffer(64), b'x' * 9, 99)"
    words = [str(VENV / "bin" / "python"), "-c", code]
    environ = os.environ | environment()
    ended = subprocess.run(words, env=environ, capture_output=True, check=False).returncode
    if ended == 0 or not reports():
        raise CannotRun("AddressSanitizer does not see a read beyond the end of a string")
    clear()


def reports() -> list[Path]:
    """Return what the sanitizers have reported, one file for each process."""
    return sorted(REPORTS.glob("report.*"))


def clear() -> None:
    """Forget the reports."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)


def summary_of(report: str) -> str:
    """Return the lines of a report that say what was found, and where in our code."""
    said = re.findall(r"^(?:==\d+==ERROR|SUMMARY|.*runtime error).*$", report, re.MULTILINE)
    frames = re.findall(r"^ *#\d+ .*/pythiags/.*$", report, re.MULTILINE)
    return "\n".join([*dict.fromkeys(said), *frames[:5]])


def _site() -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return VENV / "lib" / version / "site-packages"


_PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))"


def main() -> int:
    """Build, and run what the command line names, for pytest."""
    build()
    clear()
    check_that_it_finds()
    words = ["xvfb-run", "--auto-servernum", "env"]
    words += [f"{name}={value}" for name, value in environment().items()]
    # In a process of its own that may be ended: the rest is run by the next one. pytest does not
    # catch what UndefinedBehaviorSanitizer writes, nor the signals that AddressSanitizer explains.
    words += [str(VENV / "bin" / "python"), "-m", "pytest", "--numprocesses=1", "--timeout=900"]
    words += ["--capture=sys", "-p", "no:faulthandler", "--hypothesis-profile=sanitized"]
    for test, why in LEFT_OUT.items():
        print(f"not run: {test}: {why}")
        words.append(f"--deselect={test}")
    code = subprocess.run([*words, *(sys.argv[1:] or TESTS)], check=False, cwd=ROOT).returncode
    # A report that says nothing of the kind tells of memory that was refused.
    found = {each: summary_of(each.read_text(errors="replace")) for each in reports()}
    for report, summary in found.items():
        if summary:
            print(f"\n{report.relative_to(ROOT)}\n{summary}")
    return code or any(found.values())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
