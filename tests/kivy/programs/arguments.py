"""Load Kivy as the commands do, with words for it; print what it made of them, and what is ours."""

import logging
import sys

from pythiags.kivy import load_kivy

handlers, stderr, arguments = logging.root.handlers[:], sys.stderr, sys.argv
window = load_kivy(["--size=320x200"])
assert sys.argv is arguments
assert sys.stderr is stderr
assert logging.root.handlers == handlers
print(*window.size)
