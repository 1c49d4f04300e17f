"""Run cells in a kernel of Jupyter: python kernel.py CELLS.json. Prints what each shows."""

import json
import sys
from pathlib import Path

from jupyter_client.manager import start_new_kernel

cells = json.loads(Path(sys.argv[1]).read_text())
manager, client = start_new_kernel(kernel_name="python3")
try:
    for cell in cells:
        shown = []
        reply = client.execute_interactive(cell, timeout=60, output_hook=shown.append)
        print(json.dumps([message["content"] for message in shown]))
        if reply["content"]["status"] != "ok":
            sys.exit(1)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
