"""What reads text of others, each as a function of bytes that raises where it is wrong.

Whatever the bytes say, a target takes them, or refuses them with an error of its own that names the
place. ``test_found.py`` plays what was ever found; ``tools/fuzz.py`` looks for more.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
from pathlib import Path

from fuzzing.rtsp import RtspAnswers
from fuzzing.target import Target, refusal, text_of, words_of
from standins.tracking import Tracking, compile_to, load

from pythiags import App, data, read_metadata
from pythiags.app import control
from pythiags.controlsocket import Lines, TooLong
from pythiags.description import HARMLESS, Allowed, Description, check_untrusted
from pythiags.errors import (
    ConfigError,
    DescriptionError,
    RecordingError,
)
from pythiags.gst._gst import BatchMeta
from pythiags.gst.check import check
from pythiags.inference import keyfile, read_config
from pythiags.printable import printable
from pythiags.recording import Documents, Filler
from pythiags.testing import make_batch, synthetic

__all__ = ["CORPUS", "TARGETS"]

CORPUS = Path(__file__).parents[1] / "corpus"
WORDS = (CORPUS / "words.txt").read_text().split()


class Pipelines(Target):
    """The text of a pipeline, checked, also as one of a stranger."""

    seeds = tuple(path.read_bytes() for path in sorted(CORPUS.rglob("*.gstp")))
    words = tuple(WORDS)

    def read(self, given):
        text = text_of(given)
        description = Description(text, a="value")
        for problems in (check(description), check_untrusted(description, Allowed())):
            shown = description.render(problems)
            assert printable(shown) == shown
            for problem in problems:
                self._see_place(description, text, problem)
        if any(problem.severity == "error" for problem in description.problems()):
            with contextlib.suppress(DescriptionError):
                raise AssertionError(description.launch_text)
        elements = {each.factory for each in description.graph.elements if each.uri is None}
        refused = {each.code for each in check_untrusted(description, Allowed())}
        if elements - HARMLESS - {""}:
            assert "untrusted-element" in refused, "nobody allowed it"

    def _see_place(self, description, text, problem):
        if problem.position is None:
            assert problem.code == "unused-variable"
        else:
            assert 0 <= description.source.offset(problem.position) <= len(text)
            assert problem.position.line <= len(description.source.lines)


class Templates(Target):
    """A line of JSON with values of variables, and the text of a pipeline with variables in it."""

    value = "Value! filesink location=/x"
    seeds = (
        b'{"path": "a b.mp4"}\nfilesrc location={path} ! fakesink',
        b'{"width": 3, "a": "{b}"}\n'
        b"fakesrc ! video/x-raw,width={width},format={RGB} ! identity name={a}",
        b'{"a": [1, 2.5, true], "b": null}\nfakesrc ! a/b,c={a},d={{b}} ! fakesink name="x{b}y\\{"',
    )
    words = (*WORDS, "{path}", '{"path":', "{{", "}}", "\\{")

    def read(self, given):
        first, _, text = given.partition(b"\n")
        try:
            values = json.loads(first)
        except (ValueError, RecursionError):
            values = {}
        values = {str(name): value for name, value in values.items()} if _is_object(values) else {}
        whole = text_of(text)
        bound = {**values, "origin_": self.value}
        # A variable of any name may be there but the one of messages.
        bound.pop("origin", None)
        description = Description(f"{whole}\nidentity name={{origin_}}", **bound)
        problems = description.problems()
        shown = description.render(problems)
        assert printable(shown) == shown
        try:
            launch = description.launch_text
            bindings = description.bindings
        except DescriptionError:
            return
        assert self.value not in launch, "a value became part of the text"
        assert any(binding[2] == self.value for binding in bindings if len(binding) == 5)
        assert set(description.variable_names) <= set(bound)


def _is_object(value):
    return isinstance(value, dict) and all(name for name in value)


class NvinferFiles(Target):
    """A configuration file of nvinfer."""

    name = "config.txt"
    seeds = (
        data.path("config_infer_primary_nanodet.txt").read_bytes(),
        b"[property]\nonnx-file=net.onnx\nnetwork-type=1\nlabelfile-path=two.txt\n"
        b"[class-attrs-0]\ntopk=3;\n",
        b"[property]\nonnx-file=net.onnx\nnum-detected-classes=2\nprocess-mode=2\n"
        b"operate-on-gie-id=1\noperate-on-class-ids=0;2\ninput-object-min-width=16\n",
    )
    words = words_of(
        "[property] [class-attrs-all] [class-attrs-1] onnx-file= net.onnx two.txt ; # = : "
        "3;416;416 infer-dims= offsets= interval= topk= cluster-mode= network-type= "
        "process-mode= 1 -1 0.5 labelfile-path= custom-lib-path= parse-bbox-func-name= "
        "output-tensor-meta= \\s \\; true"
    )

    def __init__(self, folder):
        super().__init__(folder)
        self.write("net.onnx", b"")
        self.write("two.txt", b"cat\ndog\n")

    def read(self, given):
        path = self.write(self.name, given)
        error = refusal(ConfigError, read_config, path)
        assert error is None or error.where, error
        self.compare(given, path)

    def compare(self, given, path):
        """Key by key, GLib reads the same in it, if it reads it."""
        from gi.repository import GLib

        text = given.decode("utf-8", "replace")
        if not given.isascii() or "\0" in text or "\r" in text:
            return  # refused, or read as text files are
        theirs = GLib.KeyFile()
        try:
            theirs.load_from_data(text, len(text), GLib.KeyFileFlags.NONE)
        except GLib.Error:
            return  # it has more rules for the names of keys and groups
        groups = keyfile.read_groups(path)
        for name in theirs.get_groups()[0]:
            for key in theirs.get_keys(name)[0]:
                value = theirs.get_value(name, key)
                assert groups[name][key].text == value.rstrip("\n"), (name, key, value)


class NvinferYaml(NvinferFiles):
    """The same as YAML."""

    name = "config.yml"
    seeds = (
        b"property:\n  onnx-file: net.onnx\n  num-detected-classes: 2\n  labelfile-path: two.txt\n"
        b"class-attrs-all:\n  topk: 3  # all\n",
        b"%YAML:1.0\n---\nproperty:\n  onnx-file: 'net.onnx'\n  network-type: \"1\"\n",
    )

    def compare(self, given, path):
        """There is no other reader of it."""


class TrackerFiles(Target):
    """A configuration file of nvtracker, which C reads."""

    seeds = (
        b"%YAML:1.0\nBaseConfig:\n  minDetectorConfidence: 0.1\nTargetManagement:\n"
        b"  maxTargetsPerStream: 7   # few\n  probationAge: 2\n  enableBboxUnClipping: 1\n",
        b"DataAssociator:\n  associationMatcherType: 1\n  checkClassMatch: 0\n"
        b"StateEstimator:\n  stateEstimatorType: 2\n  processNoiseVar4Loc: 6810.8668\n"
        b'ReID:\n  inferDims: [3, 256, 128]\n  tltEncodedModel: "/x/model.etlt"\n',
        b"NvDCF:\n  useBufferedOutput: 0\n  maxTargetsPerStream: 99\n  filterLr: 0.15\n",
    )
    words = words_of(
        "BaseConfig: TargetManagement: DataAssociator: StateEstimator: "
        "TrajectoryManagement: NvDCF: VisualTracker: ReID: probationAge: "
        'maxTargetsPerStream: stateEstimatorType: inferDims: [ ] , minMatchingScore4Iou: " '
        "' # %YAML:1.0 1e9 nan -1 0x7f useUniqueID: 4294967296"
    )

    def __init__(self, folder):
        super().__init__(folder)
        self._library = load(compile_to(folder / "tracking.so"))

    def read(self, given):
        path = self.write("tracker.yml", given)
        try:
            tracker = Tracking(self._library, path)
        except ValueError as error:
            assert str(error).startswith(str(path))  # noqa: PT017 (either is right)
            return
        with tracker:
            assert 0 <= tracker.settings["max_targets"] <= 65535
            assert 0 <= tracker.settings["min_iou"] <= 1
            assert len(tracker.notes) <= 22
            for left in range(3):
                tracker.update([(left, 0.0, 20.0, 20.0), (200.0, 9.0 * left, 5.0, 50.0)])


class Recordings(Target):
    """The lines of a recording below the first one."""

    header = b'{"format":"pythiags-metadata","version":1}\n'
    seeds = (
        *(
            json.dumps(Documents().of(make_batch(*frames))).encode() + b"\n"
            for frames in synthetic(1, buffers=3, objects=2, sources=2)
        ),
        b'{"pts": 7, "max_frames_in_batch": 3, "frames": [{"objects": [{}, {"parent": 0}], '
        b'"tensors": [{"layers": []}]}]}\n',
        b'{"frames": [{"displays": [{"rect_params": [], '
        b'"text_params": [{"display_text": "x"}]}]}]}',
    )
    words = words_of(
        '{"frames": "objects": "bbox": "rect_params": "text_params": "classifiers": '
        '"labels": [ ] { } , : null true -1 1e400 NaN 18446744073709551616 "parent": '
        '"tensors": "data": "shape": "dtype": "segmentation": "user_metas": "\\u0000" '
        '"displays": "obj_label": "font_params":'
    )

    def read(self, given):
        path = self.write("run.jsonl", self.header + given)
        error = refusal(RecordingError, self._read_all, path)
        if error is not None:
            assert error.where.startswith(str(path))
            assert len(error.message) < 500
        for line in given.splitlines(keepends=True):
            self._see_line(line)

    def _read_all(self, path):
        for batch in read_metadata(path):
            Documents().of(batch)

    def _see_line(self, line):
        """What C reads of a line is what is read of it field by field."""
        batch = BatchMeta.of_line(line)
        if batch is not None:
            document = json.loads(line)
            other = BatchMeta(len(document["frames"]))
            Filler("run.jsonl").fill(other, document, 2)
            assert Documents().of(batch) == Documents().of(other)


class ControlMessages(Target):
    """What comes over the control socket: lines, which are requests."""

    most = 1 << 10
    seeds = (
        b'{"do": "set", "element": "src", "property": "pattern", "value": "ball"}\n',
        b'{"do": "get", "element": "sink", "property": "name"}\n{"do": "stats"}\n{"do": "dot"}\n',
        b'{"do": "add-source", "uri": "file:///x", "name": "y"}\n'
        b'{"do": "remove-source", "name": "y"}\n',
    )
    words = words_of(
        '{"do": "get" "set" "stats" "dot" "about" "add-source" "remove-source" "element": '
        '"property": "value": "uri": "name": "src" "sink" "pattern" "caps" } [ ] , null '
        "1e999 -1"
    )

    def __init__(self, folder):
        super().__init__(folder)
        self._app = App("videotestsrc name=src ! fakesink name=sink")
        self._control = control.Control(self._app, "fuzzed")
        self._control._actions = control._actions(self._app, self._app.pipeline, "fuzzed")

    def close(self):
        self._app.close()

    def read(self, given):
        ours, theirs = socket.socketpair()
        sending = threading.Thread(target=self._send, args=(theirs, given))
        sending.start()
        with ours:
            lines = self._lines(ours)
        sending.join()
        *whole, _cut = given.split(b"\n")
        assert lines == whole[: len(lines)]
        if len(lines) < len(whole):
            assert len(whole[len(lines)]) > self.most - 1
        for line in lines:
            answered = self._control._answer(line)
            wanted = {"ok", "result"} if answered["ok"] else {"ok", "error"}
            assert answered.keys() == wanted
            assert "internal error" not in json.dumps(answered)

    def _lines(self, ours):
        reader, lines = Lines(ours, self.most), []
        with contextlib.suppress(TooLong):
            while (line := reader.read(60)) is not None:
                lines.append(line)
        return lines

    def _send(self, theirs, given):
        with theirs, contextlib.suppress(OSError), io.BytesIO(given) as rest:
            while piece := rest.read(7):
                theirs.sendall(piece)


TARGETS = {
    "pipelines": Pipelines,
    "templates": Templates,
    "nvinfer": NvinferFiles,
    "nvinfer-yaml": NvinferYaml,
    "tracker": TrackerFiles,
    "recordings": Recordings,
    "control": ControlMessages,
    "rtsp": RtspAnswers,
}
"""By the names of the folders of what was found."""
