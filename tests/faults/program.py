"""A program with one consumer, for tests that send it signals or crash it.

Its argument is a JSON object: ``text`` of the pipeline, ``consumer`` (a class of
:mod:`faults.consumers`) and its ``arguments``, ``attach`` and ``app`` with further options. It says
``draining`` when it has begun to end, and at last prints the counters as JSON.
"""

import dataclasses
import faulthandler
import json
import os
import signal
import sys
import threading

from faults import consumers

from pythiags import App
from pythiags.errors import PythiagsError
from pythiags.gst.pipeline import PipelineState

POLL = 0.005  # seconds


def tell_of_draining(app):
    while app.state not in (PipelineState.DRAINING, PipelineState.STOPPED, PipelineState.FAILED):
        threading.Event().wait(POLL)
    print("draining", flush=True)


def main():
    faulthandler.dump_traceback_later(60, exit=True)  # a hang shows its stacks
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal
    options = json.loads(sys.argv[1])
    consumer = getattr(consumers, options["consumer"])(**options["arguments"])
    app = App(options["text"], **options["app"])
    app.attach("tap", consumers.number, consumer, **options["attach"])
    threading.Thread(target=tell_of_draining, args=(app,), daemon=True).start()
    told = ""
    try:
        code = app.run().exit_code
    except PythiagsError as error:
        code, told = error.exit_code, str(error)
    channel = dataclasses.asdict(app.stats().attachments[0].channel)
    print(json.dumps({"error": told, **channel}, default=str), flush=True)
    os._exit(code)  # a consumer that never returns would be waited for


if __name__ == "__main__":
    main()
