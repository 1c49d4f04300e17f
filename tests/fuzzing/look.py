"""Look for what a target does not take: python look.py TARGET FOLDER, and options of libFuzzer.

``tools/fuzz.py`` calls it. It ends at the first find.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))


def main():
    name, folder, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["pythiags"]):
        from fuzzing.targets import TARGETS

        target = TARGETS[name](Path(folder))
        for seed in target.seeds:
            target.read(seed)  # what is imported only when it is needed
    atheris.Setup([sys.argv[0], *options], target.read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
