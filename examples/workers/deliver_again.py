"""Hand dead letters to a consumer once more, when it has been mended.

::

    python deliver_again.py seen.db ~/.local/state/pythiags/dead-letters/*.jsonl

Unpickling runs code: do this with files that your own programs wrote.
"""

import base64
import json
import pickle
import sys
from pathlib import Path

from archive import Archive

database, *paths = sys.argv[1:]
archive = Archive(database)
archive.open()
for path in map(Path, paths):
    for line in path.read_text().splitlines():
        letter = json.loads(line)
        print(letter["time"], letter["attachment"], letter["death"], letter["repr"])
        archive.incoming(pickle.loads(base64.b64decode(letter["pickle"])))  # noqa: S301
    path.unlink()
archive.close()
