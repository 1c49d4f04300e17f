"""Deliver dead letters to a consumer again, once it is fixed.

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
    remain = []
    for line in path.read_text().splitlines():
        letter = json.loads(line)
        print(letter["time"], letter["attachment"], letter["death"], letter["repr"])
        if letter["pickle"] is None:  # it could not be pickled: only its repr is there
            remain.append(f"{line}\n")
        else:
            archive.incoming(pickle.loads(base64.b64decode(letter["pickle"])))  # noqa: S301
    if remain:
        path.write_text("".join(remain))
    else:
        path.unlink()
archive.close()
