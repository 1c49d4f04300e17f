#!/usr/bin/python3
"""Run tests with all that is compiled under a sanitizer: for memory, or for threads.

    make test-asan
    .venv/bin/python tools/test_sanitized.py address tests/portable/test_mux.py
    make test-tsan
    .venv/bin/python tools/test_sanitized.py thread tests/portable/test_mux.py

``address`` is AddressSanitizer with UndefinedBehaviorSanitizer, ``thread`` is ThreadSanitizer. The
extension modules, the library that they share with the plugin, and the plugin are compiled in
``build/asan`` or ``build/tsan``, as a wheel is, and installed in an environment of their own there,
which finds all else in ``.venv``. The second time only what has changed is compiled. Reports are
shown at the end, also those of processes that no test looks at, and stay in ``reports`` there. What
AddressSanitizer finds ends the process that did it, and what is undefined is told at once.

Code of others is not compiled anew. ThreadSanitizer is told what the locks of GLib order by
``tools/tsan/locks.c``, and what not to look at by ``tools/tsan/suppressions``. Leaks are not looked
for: Python and GStreamer keep much until a process ends, and what outlives a pipeline is told by
GStreamer's own tracer (``tests/portable/test_leaks.py``).
"""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THREADS = ROOT / "tools" / "tsan"
TESTS = (
    *("tests/metadata", "tests/channel", "tests/inference", "tests/recording", "tests/tracing"),
    *("tests/gst", "tests/portable", "tests/lookalikes/test_pyds.py"),
)
DIVIDER, RACE = "==================\n", "WARNING: ThreadSanitizer"  # in its reports
DEBUGGED = "-fno-omit-frame-pointer -g"
# Not run, and why.
SLOW = "a disk and a stream are no longer as fast as it expects"
MEMORY = "what is freed is kept back for a while, to find who uses it still"
ARENA = "memory of metadata is not used again: who uses what was freed is to be seen (arena.h)"
SHADOW = "each byte has several more in memory, which say who has used it"
SIGNAL = "the signal is explained, and does not end the process"
BEHIND = "where a struct does not say which version it is, the word behind it is looked at"
SLOW_TESTS = {
    "tests/channel/test_leftovers.py::test_a_disk_that_fills_up_while_it_runs": SLOW,
    "tests/channel/test_spill.py::"
    "test_an_event_that_cannot_be_pickled_later_on_is_dropped_and_told": SLOW,
    "tests/channel/test_spill.py::"
    "test_a_full_allowance_drops_the_oldest_on_disk_and_waits_for_nobody": SLOW,
}
MEMORY_TESTS = {
    "tests/portable/test_dsmetaconvert_users.py::test_ten_thousand_buffers_leave_nothing": MEMORY,
    "tests/channel/test_records.py::test_dropped_records_are_freed_without_python": MEMORY,
    "tests/channel/test_records.py::test_kept_records_are_what_memory_shows": MEMORY,
}
SIGNAL_TESTS = {
    "tests/gst/test_conformance.py::test_a_carrier_that_ends_its_process_is_a_fault"
    "[import os, signal; os.kill(os.getpid(), signal.SIGSEGV)-ended by SIGSEGV]": SIGNAL,
}


class CannotRun(Exception):
    """Something is missing here; the message says what, and what to do."""


@dataclasses.dataclass(frozen=True)
class Sanitizer:
    """One way to compile and to run."""

    name: str  # for Meson and GCC
    folder: Path
    # Preloaded: they have to be there before Python, which is not compiled with them, and before
    # the exceptions of C++ that they watch (ONNX Runtime's).
    runtimes: tuple[str, ...]
    package: str  # Debian's, that has them
    options: dict[str, str]  # environment variables; %s is the beginning of a report's path
    flags: str
    symbol: bytes  # what a library that was compiled with it needs
    mistake: str  # a library in C with a function named "mistake" that it has to report
    left_out: dict[str, str]

    @property
    def reports(self) -> Path:
        """The folder of the reports."""
        return self.folder / "reports"

    @property
    def python(self) -> Path:
        """The interpreter that finds what was compiled with it."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def site(self) -> Path:
        """The folder of packages of that interpreter."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "venv" / "lib" / version / "site-packages"


ADDRESS = Sanitizer(
    name="address,undefined",
    folder=ROOT / "build" / "asan",
    runtimes=("libasan.so", "libubsan.so", "libstdc++.so"),
    package="libasan8 libubsan1 (GCC 12)",
    options={
        "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1:"
        # What is far too large is refused, as without a sanitizer: tests ask for it.
        "allocator_may_return_null=1:log_path=%s",
        "UBSAN_OPTIONS": "print_stacktrace=1:log_path=%s",
    },
    flags=f"-fsanitize=address,undefined -fno-sanitize-recover=all {DEBUGGED}",
    symbol=b"__asan_init",
    mistake="""
#include <stdlib.h>
void mistake (void) { volatile char *block = malloc (9); block[9] = 1; free ((void *) block); }
""",
    left_out={
        **SLOW_TESTS,
        **MEMORY_TESTS,
        **SIGNAL_TESTS,
        "tests/gst/test_arena.py::test_a_batch_lives_where_the_last_one_did": ARENA,
        "tests/gst/test_arena.py::test_what_is_kept_is_bounded": ARENA,
        "tests/gst/test_nvidia_users.py::"
        "test_analytics_of_an_object_before_it_had_a_status": BEHIND,
    },
)

THREAD = Sanitizer(
    name="thread",
    folder=ROOT / "build" / "tsan",
    runtimes=("libtsan.so", "libstdc++.so"),
    package="libtsan2 (GCC 12)",
    options={
        # A process that forks goes on in the child, as Python's do. Tests decide what a process
        # ends with; what was reported is counted at the end.
        "TSAN_OPTIONS": f"suppressions={THREADS / 'suppressions'}:die_after_fork=0:exitcode=0:"
        "allocator_may_return_null=1:"
        "history_size=4:log_path=%s",
        # Else GLib gives memory that one thread freed to another, unseen.
        "G_SLICE": "always-malloc",
    },
    flags=f"-fsanitize=thread {DEBUGGED}",
    symbol=b"__tsan_init",
    mistake="""
#include <pthread.h>
#include <stddef.h>
static int word;
static void *add (void *unused) { word++; return unused; }
void mistake (void)
{
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create (&threads[i], NULL, add, NULL);
  for (int i = 0; i < 2; i++) pthread_join (threads[i], NULL);
}
""",
    left_out={
        **SLOW_TESTS,
        **MEMORY_TESTS,
        **SIGNAL_TESTS,
        "tests/gst/test_arena.py::test_what_is_kept_is_bounded": SHADOW,
    },
)
SANITIZERS = {"address": ADDRESS, "thread": THREAD}


def runtimes(kind: Sanitizer) -> list[str]:
    """Return the libraries to preload, in their order.

    Raises:
        CannotRun: The compiler has none.
    """
    found = []
    for name in kind.runtimes:
        words = ["gcc", f"-print-file-name={name}"]
        path = Path(subprocess.check_output(words, text=True).strip())
        if not path.is_absolute():
            raise CannotRun(f"gcc has no {name}: apt-get install {kind.package}")
        found.append(str(path.resolve()))
    return found


def environment(kind: Sanitizer) -> dict[str, str]:
    """Return what the environment of a process has in addition that has the sanitizer in it."""
    report = str(kind.reports / "report")
    locks = [str(kind.folder / "locks.so")] if kind is THREAD else []
    return {
        **{name: value.replace("%s", report) for name, value in kind.options.items()},
        "LD_PRELOAD": ":".join([*runtimes(kind), *locks]),
        # Else objects of Python lie side by side in blocks of its own, and nothing is seen.
        "PYTHONMALLOC": "malloc",
        # What tests compile of ours themselves.
        "CFLAGS": kind.flags,
    }


def build(kind: Sanitizer) -> None:
    """Compile what has changed, and install it."""
    wheels = kind.folder / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    if not kind.python.exists():
        venv = str(kind.folder / "venv")
        run("/usr/bin/python3", "-m", "venv", "--system-site-packages", "--without-pip", venv)
        # A path in such a file is searched, and the files of its kind that lie there are not read:
        # the editable installation stays unseen.
        others = subprocess.check_output([sys.executable, "-c", _PURELIB], text=True)
        (kind.site / "others.pth").write_text(others)
    settings = {
        "build-dir": str(kind.folder / "build"),
        "setup-args": (
            "-Dbuildtype=debugoptimized",
            f"-Db_sanitize={kind.name}",
            f"-Dc_args={kind.flags}",
        ),
    }
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    for name, values in settings.items():
        each = [values] if isinstance(values, str) else values
        words += [f"--config-settings={name}={value}" for value in each]
    run(*words, "--wheel-dir", str(wheels), str(ROOT))
    (wheel,) = wheels.glob("*.whl")
    for old in (*kind.site.glob("pythiags"), *kind.site.glob("pythiags-*")):
        shutil.rmtree(old)
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run(*words, "--upgrade", "--target", str(kind.site), str(wheel))
    for library in (kind.site / "pythiags").rglob("*.so"):
        if kind.symbol not in library.read_bytes():
            raise CannotRun(f"{library} was compiled without a sanitizer")
    if kind is THREAD:
        build_locks(kind.folder / "locks.so")


def build_locks(library: Path) -> None:
    """Compile what tells ThreadSanitizer of GLib's locks."""
    asked = ["pkg-config", "--cflags", "gstreamer-1.0"]
    flags = shlex.split(subprocess.check_output(asked, text=True))
    words = ["gcc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1", "-g"]
    linked = ["-Wl,--no-as-needed", "-lgstreamer-1.0", "-lgobject-2.0", "-lglib-2.0"]
    run(*words, "-o", str(library), str(THREADS / "locks.c"), *flags, *linked)


def run(*words: str) -> None:
    """Run a program that builds.

    Raises:
        CannotRun: It failed.
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if subprocess.run(words, env=os.environ | {"PATH": path}, check=False).returncode != 0:
        raise CannotRun(f"this failed: {' '.join(words)}")


def check_that_it_finds(kind: Sanitizer) -> None:
    """See that the sanitizer reports a mistake.

    Raises:
        CannotRun: It does not: no test would show anything.
    """
    clear(kind)
    source, library = kind.folder / "mistake.c", kind.folder / "mistake.so"
    source.write_text(kind.mistake)
    run("gcc", *kind.flags.split(), "-shared", "-fPIC", "-o", str(library), str(source))
    code = f"import ctypes; ctypes.CDLL({str(library)!r}).mistake()"
    words = [str(kind.python), "-c", code]
    environ = os.environ | environment(kind)
    subprocess.run(words, env=environ, capture_output=True, check=False)
    if not any(kind.reports.glob("report.*")):
        raise CannotRun(f"the sanitizer does not see the mistake in {source}")
    clear(kind)


def found(kind: Sanitizer) -> dict[Path, str]:
    """Return what the sanitizer has found, by the report of each process."""
    reports = sorted(kind.reports.glob("report.*"))
    # A report that says nothing of the kind tells of memory that was refused.
    return {each: summary_of(each.read_text(errors="replace")) for each in reports}


def clear(kind: Sanitizer) -> None:
    """Forget the reports."""
    shutil.rmtree(kind.reports, ignore_errors=True)
    kind.reports.mkdir(parents=True)


def summary_of(report: str) -> str:
    """Return the lines of a report that say what was found, and where in our code.

    ThreadSanitizer's are only of use where one of the accesses is ours: what orders those of
    libraries that were not compiled with it, it cannot see.
    """
    whole = report.split(DIVIDER)
    report = DIVIDER.join(each for each in whole if RACE not in each or is_of_ours(each))
    said = re.findall(r"^(?:==\d+==ERROR|SUMMARY|.*runtime error).*$", report, re.MULTILINE)
    frames = re.findall(r"^ *#\d+ .*pythiags/.*$", report, re.MULTILINE)
    return "\n".join([*dict.fromkeys(said), *frames[:5]])


def is_of_ours(report: str) -> bool:
    """Whether what ThreadSanitizer reports was done by our code, itself or in a call of memcpy."""
    stacks = re.findall(rf"^(?:{RACE}.*|  .* by .*:)\n((?:    #.*\n)+)", report, re.MULTILINE)
    first = [[line for line in each.splitlines() if "libsanitizer" not in line] for each in stacks]
    return not stacks or any("pythiags/" in lines[0] for lines in first if lines)


_PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))"


def main() -> int:
    """Build, and run what the command line names, for pytest."""
    name, *tests = sys.argv[1:] or [""]
    if name not in SANITIZERS:
        raise CannotRun(f"say which sanitizer: {' or '.join(SANITIZERS)}")
    kind = SANITIZERS[name]
    build(kind)
    check_that_it_finds(kind)
    words = ["xvfb-run", "--auto-servernum", "env"]
    words += [f"{name}={value}" for name, value in environment(kind).items()]
    # In a process of its own that may be ended: the rest is run by the next one. pytest does not
    # catch what UndefinedBehaviorSanitizer writes, nor the signals that a sanitizer explains.
    words += [str(kind.python), "-m", "pytest", "--numprocesses=1", "--timeout=900"]
    words += ["--capture=sys", "-p", "no:faulthandler", "--hypothesis-profile=sanitized"]
    for test, why in kind.left_out.items():
        print(f"not run: {test}: {why}")
        words.append(f"--deselect={test}")
    code = subprocess.run([*words, *(tests or TESTS)], check=False, cwd=ROOT).returncode
    summaries = {report: summary for report, summary in found(kind).items() if summary}
    for report, summary in summaries.items():
        print(f"\n{report.relative_to(ROOT)}\n{summary}")
    return code or bool(summaries)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
