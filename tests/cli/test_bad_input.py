"""Whatever is wrong gives one message, with what, where and what to try, and its exit code."""

import re
import shlex

import pytest

from pythiags import data

HERE = "videotestsrc num-buffers=5 ! identity name=here ! fakesink"
PLAYED = f"launch {HERE} --obs=here"

CASES = {
    # the pipeline: exit code 2
    "element": ("launch nosuch ! fakesink", 2, ["nosuch", "<words>:1:1"]),
    "element, nearly": ("launch videotestsr ! fakesink", 2, ["did you mean 'videotestsrc'?"]),
    "property": ("launch videotestsrc patern=ball ! fakesink", 2, ["did you mean 'pattern'?"]),
    "enum value": ("launch videotestsrc pattern=bal ! fakesink", 2, ["1:22", "'ball'"]),
    "dangling link": ("launch videotestsrc !", 2, ["<words>:1:14", "nothing after '!'"]),
    "pads": ("launch videotestsrc ! audioconvert ! fakesink", 2, ["audioconvert", "audio/x-raw"]),
    "missing variable": ("launch 'filesrc location={path} ! fakesink'", 2, ["{path}", "1:18"]),
    "unused variable": (f"launch {HERE} --size=3", 2, ["no variable {size}"]),
    "misspelt variable": (
        "launch 'filesrc location={path} ! fakesink' --paht=x",
        2,
        ["{paht}", "did you mean 'path'?"],
    ),
    "missing file": ("file nosuch.gstp", 2, ["nosuch.gstp", "cannot be read"]),
    "misspelt file": ("file dem.gstp", 2, ["did you mean 'demo.gstp'?"]),
    "no path": ("file --batch-size=3", 2, ["PATH is missing"]),
    "no words": ("launch", 2, ["pipeline is missing"]),
    # the options: 2
    "misspelt option": (f"launch {HERE} --ob=here", 2, ["no option --ob", "did you mean --obs?"]),
    "option without value": (f"launch {HERE} --timeuot", 2, ["did you mean --timeout?"]),
    "a file as command": ("demo.gstp --x=1", 2, ["Did you mean", "pythiags file demo.gstp --x=1"]),
    "a file as pipeline": ("launch ./demo.gstp", 2, ["not a file", "pythiags file ./demo.gstp"]),
    "a pipeline as command": (
        "videotestsr num-buffers=3 ! fakesink",
        2,
        ["pythiags launch videotestsr num-buffers=3 ! fakesink"],
    ),
    "a pipeline behind videotestsrc": (
        "videotestsrc num-buffers=3 ! fakesink",
        2,
        ["properties only", "pythiags launch videotestsrc num-buffers=3 ! fakesink"],
    ),
    **{
        f"{words} with {name}": (
            f"{words} {name}",
            2,
            [f"{name}: this is {what}", f"pythiags launch filesrc location={name} ! decodebin"],
        )
        for words in ("file", "launch", "check", "")
        for name, what in (
            ("film.mp4", "a video"),
            ("song.bin", "an audio file"),
            ("b.txt", "a picture"),
        )
    },
    "a URI as command": (
        "rtsp://cam/live",
        2,
        ["this is a URI", "launch uridecodebin uri=rtsp://cam/live ! videoconvert"],
    ),
    "a URI as file": (
        "file 'http://cam/a b.mp4'",
        2,
        ["this is a URI", "launch uridecodebin uri='http://cam/a b.mp4' ! videoconvert"],
    ),
    "misspelt command before a pipeline": (
        "lunch videotestsrc num-buffers=3 ! fakesink",
        2,
        ["Did you mean this?\n  pythiags launch videotestsrc num-buffers=3 ! fakesink"],
    ),
    # longer than a path can be
    **{
        f"a pipeline of {len(text)} characters": (f"launch '{text}'", 2, [found])
        for text, found in (
            ("videotestsr ! fakesink name=" + "n" * 300, "did you mean 'videotestsrc'?"),
            ("x" * 5000, "there is no element"),
        )
    },
    "a command of 300 characters": ("x" * 300, 2, ["There is no command"]),
    "misspelt command": ("lanch x", 2, ["no command 'lanch'", "'launch'"]),
    "queue size": (f"launch {HERE} --queue-size=0", 2, ["--queue-size", "0 is not in the range"]),
    "queue bytes": (f"launch {HERE} --queue-bytes=lots", 2, ["--queue-bytes", "64M or 1G"]),
    **{
        f"--{option} of {len(size)} characters": (
            f"launch {HERE} --{option}={size}",
            2,
            [f"--{option}", "64M or 1G"],
        )
        for option in ("queue-bytes", "spill-bytes")
        for size in ("9" * 400, "9" * 20, "9" * 18 + "G", "0.4")
    },
    "queue size of 20 digits": (
        f"{PLAYED} --ext=mine:ext --proc=mine:proc --queue-size={'9' * 20}",
        2,
        ["queue_size", "at most 9223372036854775807"],
    ),
    "worker": (f"launch {HERE} --worker=proces", 2, ["--worker", "'process'"]),
    "worker of a function without a name": (
        f"{PLAYED} --ext=mine:ext --proc=mine:nameless --worker=process",
        3,
        ["a lambda cannot be imported", "write it with def", "worker='thread' (--worker=thread)"],
    ),
    "worker death": (f"launch {HERE} --on-worker-death=shrug", 2, ["--on-worker-death", "'stop'"]),
    "leftovers": (f"launch {HERE} --leftovers=keep", 2, ["--leftovers", "'deliver'"]),
    "spill bytes": (f"launch {HERE} --spill-bytes=0", 2, ["--spill-bytes", "64M or 1G"]),
    "spill folder": (
        f"{PLAYED} --ext=mine:ext --proc=mine:proc --spill-dir=/proc/nowhere",
        2,
        ["/proc/nowhere", "try:"],
    ),
    "workers": (f"launch {HERE} --workers=0", 2, ["--workers", "0 is not in the range"]),
    "warn share": (f"launch {HERE} --warn-share=0", 2, ["--warn-share"]),
    "no source": (
        f"{PLAYED} --ext=mine:Sourced --proc=mine:proc --workers=2",
        2,
        ["here: events have no attribute or key 'source_id'", "key=function", "--workers=1"],
    ),
    "key that is no function": (
        f"{PLAYED} --ext=mine:Sourced --proc=mine:proc --workers=2 --key=mine:stdout",
        2,
        ["invalid key"],
    ),
    "no such key": (
        f"{PLAYED} --ext=mine:Sourced --proc=mine:proc --workers=2 --key=mine:cam_of",
        3,
        ["--key=mine:cam_of", "did you mean 'camera_of'?"],
    ),
    "policy": (f"launch {HERE} --on-full=explode", 2, ["'explode'", "'drop-oldest'"]),
    "drain time-out": (f"launch {HERE} --drain-timeout=-1", 2, ["--drain-timeout"]),
    "time-out": (f"launch {HERE} --timeout=-1", 2, ["--timeout"]),
    "obs": (f"launch {HERE} --obs=her --ext=mine:ext --proc=mine:proc", 2, ["'her'", "'here'?"]),
    "only ext": (f"{PLAYED} --ext=mine:ext", 2, ["--proc is missing", "add --proc="]),
    "only proc": (f"{PLAYED} --proc=mine:proc", 2, ["--ext is missing", "add --ext="]),
    "no obs": (f"launch {HERE} --ext=mine:ext --proc=mine:proc", 2, ["add --obs=NAME"]),
    # user code: 3
    "no module": (f"{PLAYED} --ext=nomod:x --proc=mine:proc", 3, ["no module 'nomod'"]),
    "no name": (f"{PLAYED} --ext=mine:extr --proc=mine:proc", 3, ["did you mean 'ext'?"]),
    "no colon": (f"{PLAYED} --ext=mine --proc=mine:proc", 3, ["expected: module:Name"]),
    "no colon behind a file": (f"{PLAYED} --ext=./mine.py --proc=mine:proc", 3, ["add a colon"]),
    "no such file": (f"{PLAYED} --ext=./nomod.py:x --proc=mine:proc", 3, ["no module 'nomod'"]),
    "a file of a name that is taken": (
        f"{PLAYED} --ext=./json.py:x --proc=mine:proc",
        3,
        ["another module has the name 'json'", "rename the file"],
    ),
    **{
        f"a module that raises {name}": (
            f"{PLAYED} --ext={name}:x --proc=mine:proc",
            3,
            [f"--ext={name}:x: ", f"{name}.py:1: raise "],
        )
        for name in ("base_exception", "generator_exit", "system_exit")
    },
    "a constructor that raises BaseException": (
        f"{PLAYED} --ext=base_exception_later:Ext --proc=mine:proc",
        3,
        ["the extractor cannot be constructed: BaseException: no"],
    ),
    "signature": (f"{PLAYED} --ext=mine:too_few --proc=mine:proc", 3, ["expected: (pad, info)"]),
    "no method": (f"{PLAYED} --ext=mine:NoMethod --proc=mine:proc", 3, ["mine:NoMethod"]),
    "consumer's signature": (f"{PLAYED} --ext=mine:ext --proc=mine:ext", 3, ["(events)"]),
    "constructor": (
        f"{PLAYED} --ext=mine:NoCamera --proc=mine:proc",
        3,
        ["the extractor cannot be constructed: ValueError: no camera", "mine.py:38: raise ValueE"],
    ),
    "consumer's constructor": (
        f"{PLAYED} --ext=mine:ext --proc=mine:NoCamera",
        3,
        ["the consumer cannot be constructed: ValueError: no camera", "mine.py:38: raise ValueE"],
    ),
    **{
        f"consumer's {what} in a {worker}": (
            f"{PLAYED} --ext=mine:ext --proc=mine:{name} --worker={worker}",
            3,
            [f"--ext=mine:ext --proc=mine:{name}: ", *says],
        )
        for worker in ("thread", "process")
        for what, name, says in (
            ("constructor", "NoCamera", ["cannot be constructed: ValueError: no camera"]),
            ("open()", "NoBroker", ["OSError: no broker"]),
        )
    },
    "constructor's arguments": (
        f"{PLAYED} --ext=mine:ext --proc=mine:NeedsMore",
        3,
        ["missing 1 required", "module:NeedsMore(name=value)"],
    ),
    "arguments": (
        f"{PLAYED} --ext='pythiags:Detections(min_confidence=exit())' --proc=mine:proc",
        3,
        ["--ext=pythiags:Detections(min_confidence=exit())", "invalid arguments"],
    ),
    "argument's value": (
        f"{PLAYED} --ext='pythiags:Detections(min_confidence=high)' --proc=mine:proc",
        2,
        ["invalid confidence", "--ext=pythiags:Detections(min_confidence=high)"],
    ),
    "broken module": (f"{PLAYED} --ext=broken:x --proc=mine:proc", 3, ["broken.py:2: 1 / 0"]),
    # the stream: 4
    "no input": ("launch filesrc location=/no.h264 ! h264parse ! fakesink", 2, ["/no.h264"]),
    "not video": (
        "launch filesrc location=text.h264 ! h264parse ! avdec_h264 ! fakesink",
        4,
        ["h264parse", "cannot read this type of input"],
    ),
    "empty": ("launch filesrc location=empty ! h264parse ! avdec_h264 ! fakesink", 4, ["try:"]),
    "truncated before the first frame": (
        "launch filesrc location=cut.h264 ! h264parse ! nvv4l2decoder ! fakesink",
        4,
        ["frame", "try:"],
    ),
    "is not linked": (
        "launch videotestsrc fakesink",
        4,
        ["videotestsrc", "not-linked", "try: an element after it is not linked"],
    ),
    # nvinfer's configuration: 2
    "no configuration": (
        "launch {source} nvinfer config-file-path=no.txt ! fakesink",
        2,
        ["no.txt"],
    ),
    "wrong key": ("launch {source} nvinfer config-file-path=key.txt ! fakesink", 2, ["onnx-file"]),
    "no model": ("launch {source} nvinfer config-file-path=model.txt ! fakesink", 2, ["no.onnx"]),
    "labels": ("launch {source} nvinfer config-file-path=labels.txt ! fakesink", 2, ["labels"]),
    "shapes": ("launch {source} nvinfer config-file-path=shape.txt ! fakesink", 2, ["416"]),
    # the window: 7
    "no display": ("videotestsrc", 7, ["DISPLAY", "--display none"]),
    "no display for kivy": ("launch {shown} --display=kivy", 7, ["DISPLAY", "--display none"]),
    "no display for a sink": (
        "launch videotestsrc ! nveglglessink",
        4,
        ["DISPLAY", "or use fakesink"],
    ),
    "nothing to show": (f"launch {HERE} --display=kivy", 2, ["name=pythiags"]),
}
FILLED = {
    "{source}": "videotestsrc num-buffers=2 ! nvvideoconvert ! m.sink_0 "
    "nvstreammux name=m batch-size=1 width=64 height=64 !",
    "{shown}": "videotestsrc ! appsink name=pythiags",
}


@pytest.fixture
def inputs(folder):
    """Files that are wrong, each in its way."""
    (folder / "demo.gstp").write_text(HERE)
    (folder / "broken.py").write_text("x = 0\n1 / 0\n")
    (folder / "json.py").write_text("x = 0\n")
    (folder / "base_exception.py").write_text("raise BaseException('no')")
    (folder / "generator_exit.py").write_text("raise GeneratorExit")
    (folder / "system_exit.py").write_text("raise SystemExit(0)")
    later = "class Ext:\n    def __init__(self):\n        raise BaseException('no')\n"
    (folder / "base_exception_later.py").write_text(later)
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42\xff")
    (folder / "song.bin").write_bytes(b"RIFF\xff\xff\0\0WAVEfmt ")
    (folder / "b.txt").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    (folder / "text.h264").write_text("this is no video\n" * 500)
    (folder / "empty").touch()
    video = data.path("pedestrians.h264").read_bytes()
    (folder / "cut.h264").write_bytes(video[:60])
    config = data.path("config_infer_primary_nanodet.txt")
    text = config.read_text()
    for name in ("nanodet_g_416.onnx", "labels.txt"):
        text = text.replace(f"={name}", f"={data.path(name)}")
    (folder / "key.txt").write_text(text.replace("onnx-file", "onx-file"))
    (folder / "model.txt").write_text(text.replace(str(data.path("nanodet_g_416.onnx")), "no.onnx"))
    (folder / "shape.txt").write_text(text.replace("3;416;416", "3;320;320"))
    (folder / "three.labels").touch()
    labels = text.replace(str(data.path("labels.txt")), "three.labels")
    (folder / "labels.txt").write_text(labels)


def test_check_takes_a_pipeline_that_is_longer_than_a_path_can_be(command):
    text = "videotestsr ! fakesink name=" + "n" * 300
    done = command("check", text)
    assert (done.code, done.err) == (2, "")
    assert "did you mean 'videotestsrc'?" in done.out


@pytest.mark.parametrize("case", CASES)
def test_one_message_and_its_exit_code(inputs, command, case):
    line, code, says = CASES[case]
    for name, text in FILLED.items():
        line = line.replace(name, text)
    done = command(*shlex.split(line))
    for words in says:
        assert words in done.err, done.err
    assert done.code == code, done.err
    assert done.out == ""
    assert "Traceback" not in done.err, done.err
    assert "CRITICAL" not in done.err, done.err
    assert "GStreamer-WARNING" not in done.err, done.err
    assert len(re.findall(r"^(?:pythiags|Error): ", done.err, re.MULTILINE)) == 1, done.err
    assert "ERROR" not in done.err, "it is told once"
    assert done.seconds < 3
