#!/usr/bin/python3
"""Look for texts that pythiags does not read as it should: pipelines, files, messages, answers.

    make fuzz MINUTES=30
    .venv/bin/python tools/fuzz.py --minutes 5 tracker nvinfer

The time is shared among the targets of ``tests/fuzzing/targets.py``. What atheris has learned of
their texts stays in ``build/fuzz``, and the next run goes on with it. The text that makes a target
fail is shown and kept there: once it is mended, it belongs in ``tests/corpus/found``, where
``make test`` reads it for ever.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
FOLDER = ROOT / "build" / "fuzz"
FOUND = TESTS / "corpus" / "found"
LONGEST = 4096  # bytes of a text
PATIENCE = 60  # seconds for one text
MEMORY = 4096  # megabytes


class CannotRun(Exception):
    """Something is missing here; the message says what, and what to do."""


def prepare(names: list[str]) -> list[str]:
    """Write the seeds and words of targets into their folders; return the names, all for none.

    Raises:
        CannotRun: Atheris is not installed, or a target is not known.
    """
    if importlib.util.find_spec("atheris") is None:
        raise CannotRun(
            "atheris is not installed: `make fuzz` installs it where there is a wheel of it for "
            "this Python and processor"
        )
    sys.path.insert(0, str(TESTS))
    from fuzzing.targets import TARGETS  # type: ignore[import-not-found]

    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        raise CannotRun(f"unknown target {unknown[0]!r}; known: {', '.join(TARGETS)}")
    for name in names or TARGETS:
        seeds = FOLDER / name / "seeds"
        seeds.mkdir(parents=True, exist_ok=True)
        (FOLDER / name / "corpus").mkdir(exist_ok=True)
        for number, seed in enumerate(TARGETS[name].seeds):
            (seeds / f"{number}").write_bytes(seed)
        # JSON escapes more than the dictionaries of libFuzzer know.
        words = [json.dumps(word) for word in TARGETS[name].words]
        lines = [word.replace("\\r", "\\x0d").replace("\\n", "\\x0a") for word in words]
        (FOLDER / name / "words").write_text("\n".join(lines) + "\n")
    return names or list(TARGETS)


def look(name: str, seconds: int) -> list[Path]:
    """Run one target for so long; return what was found."""
    folder = FOLDER / name
    folders = [folder / "corpus", folder / "seeds"]
    folders += [FOUND / name] if (FOUND / name).exists() else []
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": PATIENCE,
        "rss_limit_mb": MEMORY,
        "dict": folder / "words",
        "artifact_prefix": f"{folder}/found-",
        "print_final_stats": 1,
    }
    before = set(folder.glob("found-*"))
    with tempfile.TemporaryDirectory() as scratch:
        words = [sys.executable, str(TESTS / "fuzzing" / "look.py"), name, scratch]
        words += [f"-{option}={value}" for option, value in options.items()]
        with (folder / "log").open("w") as log:
            code = subprocess.run(
                [*words, *map(str, folders)],
                env=os.environ | {"G_DEBUG": "fatal-criticals"},
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
    found = sorted(set(folder.glob("found-*")) - before)
    if code != 0 and not found:
        raise CannotRun(f"{name} ended with exit code {code}: see {folder / 'log'}")
    return found


def main() -> int:
    """Look as long as the command line says; the exit code is 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8.0, help="for all targets; 8")
    parser.add_argument("targets", nargs="*", help="all of them")
    said = parser.parse_args()
    names = prepare(said.targets)
    every = []
    for name in names:
        found = look(name, max(1, round(said.minutes * 60 / len(names))))
        log = (FOLDER / name / "log").read_text(errors="replace")
        (tried,) = [line for line in log.splitlines() if "number_of_executed_units" in line] or [
            "?"
        ]
        print(f"{name}: {tried.rpartition(':')[2].strip()} texts, {len(found)} found", flush=True)
        for path in found:
            print(f"  {path.relative_to(ROOT)}: {path.read_bytes()[:200]!r}")
        every += found
    if every:
        print("see the log beside each; once mended, they belong in tests/corpus/found/TARGET/NAME")
    return bool(every)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
