"""The command ``pythiags``: pipelines from the shell.

Importing this package loads neither click nor GStreamer: a command loads what it uses.
"""

from __future__ import annotations

import gc
import sys

from pythiags.extras import install_line

__all__ = ["main"]


def main() -> None:
    """Run the command line of ``sys.argv`` and leave with its exit code."""
    gc.disable()  # what is imported is no garbage, and looking at it is a tenth of a start
    try:
        from pythiags.cli.commands import run
        from pythiags.cli.streams import run_with_streams
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit(
            "the commands of pythiags need click, which is not installed\n"
            f"  try: {install_line('cli')}"
        )
    sys.exit(run_with_streams(lambda: run(sys.argv[1:])))
