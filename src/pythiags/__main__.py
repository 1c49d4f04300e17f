"""``python -m pythiags`` is the command ``pythiags``."""

from __future__ import annotations

from pythiags.cli import main

if __name__ == "__main__":
    main()
