"""The environment of a process that shall have nothing of the tests' own."""

from __future__ import annotations

import os

# Without them an extension module that was compiled with a sanitizer cannot be loaded
# (tools/test_sanitized.py).
SANITIZERS = ("LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")


def bare(**more: str) -> dict[str, str]:
    """Return an environment with programs to be found, ``more``, and the sanitizer that is used."""
    kept = {name: os.environ[name] for name in SANITIZERS if name in os.environ}
    return {"PATH": "/usr/bin:/bin", **kept, **more}
