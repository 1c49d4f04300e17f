"""Python reads this first under ``pythiags run``, and in the processes that the script starts.

It is found through PYTHONPATH, takes itself off the path, and leaves the word to the module of this
name that there may be besides. Its folder goes on the path: it is no package.
"""

import sys
from pathlib import Path

_here = str(Path(__file__).parent)
sys.path[:] = [entry for entry in sys.path if entry != _here]
_self = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # type: ignore[import-not-found] # noqa: F401
except ImportError:
    if _self is not None:
        sys.modules["sitecustomize"] = _self

try:
    from pythiags.lookalikes.begin import begin
except ImportError:  # a Python of another environment, which the script started
    pass
else:
    begin()
