"""What a description of somebody else is refused: elements, files, addresses, code."""

import subprocess
import sys

import pytest

from pythiags.description import HARMLESS, Allowed, Description, check_untrusted

SOURCE = "videotestsrc ! "


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder that may be used, beside one that may not; the current folder is neither."""
    for name in ("root", "root2", "here"):
        (tmp_path / name).mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "root"


def codes(text, *paths, elements=(), schemes=(), **variables):
    allowed = Allowed(frozenset(elements), tuple(map(str, paths)), frozenset(schemes))
    return [each.code for each in check_untrusted(Description(text, **variables), allowed)]


def test_what_is_harmless_passes(root):
    text = (
        "videotestsrc pattern=ball num-buffers=3 is-live=true ! video/x-raw,framerate=30/1 "
        "! videoconvert ! nvvideoconvert ! m.sink_0 nvstreammux name=m batch-size=1 width=64 "
        "height=48 live-source=true ! tee name=t t. ! queue leaky=downstream ! textoverlay "
        'text="a/b c" ! capsfilter caps=video/x-raw,format=I420 ! fakesink t. ! ( queue '
        "! appsink name=pythiags caps=video/x-raw,format=RGBA )"
    )
    assert codes(text) == []
    assert codes("filesrc location={p} ! fakesink", root, p=f"{root}/a.mp4") == []
    assert codes(f"uridecodebin uri=file://{root}/a%20b.mp4 ! fakesink", root) == []
    assert codes(f"file://{root}/a.mp4 ! fakesink", root) == []


@pytest.mark.parametrize(
    "element",
    ["filesink", "shmsrc", "ximagesrc", "v4l2src", "udpsink", "tcpserversink", "souphttpsrc",
     "playbin", "gvapython", "nosuch", "multifilesink", "rtspsrc", "fdsrc", "pulsesrc"],
)  # fmt: skip
def test_an_element_that_could_do_harm(element):
    assert element not in HARMLESS
    assert codes(f"{SOURCE} {element}") == ["untrusted-element"]
    assert codes(f"{SOURCE} ( queue ! bin.( {element} ) )") == ["untrusted-element"]
    assert codes(f"{SOURCE} {element}", elements=[element]) == []


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{root}/../secret.txt",
        "{root}/../root2/a",
        "{root}2/a",
        "{root}/link/secret.txt",
        "{root}/x/../../secret.txt",
        "a.mp4",
        "../secret.txt",
        "{root}/*.mp4",
        "{root}/%d.png",
        "~/.ssh/id_rsa",
        "file:///etc/passwd",
        "/",
    ],
)
def test_a_file_outside_of_the_roots(root, path):
    (root / "link").symlink_to(root.parent)
    path = path.format(root=root)
    assert codes(f'filesrc location="{path}" ! fakesink', root) == ["untrusted-path"]
    assert codes("filesrc location={p} ! fakesink", root, p=path) == ["untrusted-path"]
    assert codes(f'( filesrc location="{path}" ! fakesink )', root) == ["untrusted-path"]
    assert codes(f'filesrc child::location="{path}" ! fakesink', root) == ["untrusted-path"]


@pytest.mark.parametrize(
    "text",
    [
        "nvinfer config-file-path=/etc/x",
        "nvinfer config_file_path=/etc/x",
        "nvinfer model-engine-file=/etc/x",
        "queue2 temp-template=/etc/XXXXXX",
        "nvtracker ll-config-file=/etc/x",
        "nvdsanalytics config-file=x.txt",
        "nvdsmetamux config-file=x.txt",
        "fakesink anything=/etc/passwd",
        'fakesink stats="a,b=(string)/etc/passwd;"',
        "fakesink other=../x",
        "uridecodebin uri=file:///etc/passwd",
        "uridecodebin uri=FILE:///etc/passwd",
        "uridecodebin uri=file://localhost/etc/passwd",
        "uridecodebin uri=file:///%65tc/passwd",
        "uridecodebin uri=/etc/passwd",
        "nvurisrcbin uri=/etc/passwd",
        "file:///etc/passwd ! fakesink",
    ],
)
def test_whatever_names_a_file(root, text):
    assert codes(text, root) == ["untrusted-path"]


def test_what_is_behind_a_question_mark_is_part_of_a_path(root):
    (root / "x?").mkdir()
    assert codes(f"uridecodebin uri=file://{root}/x?/../../secret.txt", root) == ["untrusted-path"]
    assert codes(f"uridecodebin uri=file://{root}/x#/../../../etc", root) == ["untrusted-path"]


@pytest.mark.parametrize("uri", ["file:/etc/passwd", "file://server/share/a", "file://", "file:x"])
def test_a_uri_that_cannot_be_judged(root, uri):
    assert codes(f"uridecodebin uri={uri}", root, "/") == ["untrusted-uri"]


def test_a_nul_cannot_be_judged(root):
    assert codes("uridecodebin uri=file:///a%00b", "/") == ["untrusted-path"]


@pytest.mark.parametrize(
    "uri", ["rtsp://camera/live", "HTTP://x/y", "udp://0.0.0.0:1", "v4l2:///dev/video0", "data:x"]
)
def test_addresses_are_refused_unless_their_scheme_is_allowed(root, uri):
    scheme = uri.partition(":")[0].lower()
    assert codes(f"uridecodebin uri={uri}", "/") == ["untrusted-uri"]
    assert codes(f"uridecodebin uri={uri}", schemes=[scheme]) == []
    if "://" in uri:
        assert codes(f"{uri} ! fakesink", "/") == ["untrusted-uri"]
        assert codes(f"filesrc location={uri}", "/") == ["untrusted-uri"]


def test_a_uri_that_is_written_to_needs_the_element(root):
    text = f"videotestsrc ! file://{root}/out"
    assert codes(text, root) == ["untrusted-element"]
    assert codes(text, root, elements=["filesink"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "nvtracker ll-lib-file={lib}",
        "nvinfer custom-lib-path={lib}",
        "nvinfer customlib-name={lib}",
        "fakesink module={lib}",
        "fakesink location={lib}.so.1",
        "fakesink location={lib}.py",
        "fakesink anything={lib}.py",
    ],
)
def test_code_is_allowed_as_the_very_file_only(root, text):
    lib = root / "libx"
    written = text.format(lib=lib).partition("=")[2]
    assert codes(text.format(lib=lib), root) == ["untrusted-code"]
    assert codes(text.format(lib=lib), written) == []


@pytest.mark.parametrize(
    "text",
    [
        "playbin video-sink=filesink",
        'playbin video-sink="( filesink )"',
        'playbin audio-filter="queue ! filesink"',
        'playbin anything="queue ! filesink"',
        "playbin muxer-factory=filesink",
    ],
)
def test_an_element_in_a_value(text):
    assert codes(text, elements=["playbin"]) == ["untrusted-element"]
    assert codes(text.replace("filesink", "fakesink"), elements=["playbin"]) == []


def test_a_file_in_a_value_that_is_a_description(root):
    text = 'playbin video-sink="queue ! fakesink x=/etc/passwd"'
    assert codes(text, root, elements=["playbin"]) == ["untrusted-path"]


def test_descriptions_within_descriptions_end():
    text = "fakesink"
    for _ in range(8):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        text = f'playbin video-sink="{quoted}"'
    assert codes(text, elements=["playbin"]) == ["untrusted-value"]


@pytest.mark.parametrize(
    "text",
    [
        "ximagesink display=elsewhere:0",
        "x264enc option-string=dump-yuv=x",
        'playbin video-sink="! !"',
        "x264enc @preset=theirs",
    ],
)
def test_what_cannot_be_judged(text):
    assert codes(text, elements=["playbin"]) == ["untrusted-value"]


@pytest.mark.parametrize(
    ("element", "value", "harmless"),
    [
        ("x264enc", "pass=pass1", "pass=quant"),
        ("x264enc", "pass=17", "pass=5"),
        ("x264enc", "PASS=pass2", "pass=cbr"),
        ("vp8enc", "multipass-mode=first-pass", "multipass-mode=one-pass"),
        ("vp9enc", "multipass_mode=1", "multipass-mode=0"),
        ("nvinfer", "raw-output-file-write=1", "raw-output-file-write=0"),
        ("nvinfer", "raw-output-file-write=true", "raw-output-file-write=FALSE"),
        ("nvurisrcbin", "smart-record=2", "smart-record=0"),
        ("mp4mux", "faststart=true", "faststart=false"),
        ("uridecodebin", "download=true", "download=no"),
        ("decodebin", "child::pass=pass1", "child::pass=cbr"),
    ],
)
def test_a_property_that_writes_a_file(element, value, harmless):
    assert element in HARMLESS
    assert codes(f"{element} {value}") == ["untrusted-value"]
    assert codes(f"{element} {harmless}") == []
    name, _, given = value.partition("=")
    assert codes(f"{element} {name}={{v}}", v=given) == ["untrusted-value"]
    if "::" not in name:
        assert codes(f"{element} {value}", elements=[element]) == []


def test_a_property_of_that_name_elsewhere_writes_nothing():
    assert codes("x265enc pass=pass1") == []


def test_problems_of_the_text_are_reported_as_well():
    assert codes("filesink ! ") == ["untrusted-element", "dangling-link"]
    assert codes("filesrc location={p} ! fakesink") == ["missing-variable"]


CONFIG = """\
[property]
# /etc/comment
onnx-file=model.onnx
labelfile-path=labels.txt
offsets=0;0;0
infer-dims=3;544;960
output-blob-names=conv2d_cov/Sigmoid
"""


def configured(root, text, name="infer.txt"):
    (root / name).write_text(text)
    allowed = Allowed(paths=(str(root),))
    description = Description("nvinfer config-file-path={p}", p=root / name)
    return check_untrusted(description, allowed)


def test_a_configuration_may_name_what_is_beside_it(root):
    assert configured(root, CONFIG) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("onnx-file=/etc/passwd", "untrusted-path"),
        ("onnx-file = ../secret.txt", "untrusted-path"),
        ("onnx-file=link/secret.txt", "untrusted-path"),
        ("labelfile-path=file", "untrusted-path"),
        ("custom-lib-path=libmine", "untrusted-code"),
        ("custom-lib-path=/usr/lib/libc.so.6", "untrusted-code"),
        ("model-engine-file=engine.so", "untrusted-code"),
        ("whatever=/etc/passwd", "untrusted-path"),
        ("whatever=evil.so", "untrusted-code"),
        ("whatever=a;evil.py;b", "untrusted-code"),
        ("a { b: 1 custom-lib-path: evil }", "untrusted-code"),
        ("a { b: 1 onnx-file: c=file }", "untrusted-config"),
        ("onnx-file:", "untrusted-config"),
        ("? onnx-file", "untrusted-config"),
        ("[ onnx-file: ../secret.txt ]", "untrusted-path"),
        ("uri=http://x/y", "untrusted-uri"),
    ],
)
def test_a_configuration_that_names_what_is_not_allowed(root, line, code):
    (root / "link").symlink_to(root.parent)
    (root / "file").symlink_to(root.parent / "secret.txt")
    (problem,) = configured(root, f"{CONFIG}{line}\n")
    assert problem.code == code
    assert problem.message.startswith(f"{root}/infer.txt:8: ")
    assert problem.position.line == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("property:\n  onnxFile: ../secret.txt\n", "untrusted-path"),
        ('"onnx-file" : "/etc/passwd"\n', "untrusted-path"),
        ("property:\n  custom-lib-path: mine\n", "untrusted-code"),
        ("property:\n  anything: evil.so # a comment\n", "untrusted-code"),
        ('a: "\\x2fetc\\x2fpasswd"\n', "untrusted-config"),
        ("property: {custom-lib-path: evil.so, a: 1}\n", "untrusted-config"),
        ("property: { custom-lib-path: evil,\n}\n", "untrusted-config"),
        ("? custom-lib-path\n: evil.so\n", "untrusted-config"),
        ("? custom-lib-path\n: evil\n", "untrusted-config"),
        ("a:\n  - evil\n", "untrusted-config"),
        ("a:\n  - custom-lib-path: evil\n", "untrusted-code"),
        ("a:\n  - mean-file: /etc/passwd\n", "untrusted-path"),
        ("a:\n  - - custom-lib-path: evil\n", "untrusted-config"),
        ("a:\n  -custom-lib-path: evil\n", "untrusted-config"),
        ("a:\n  - custom-lib-path:\n", "untrusted-config"),
        ("a: &name evil\n", "untrusted-config"),
        ("a: *name\n", "untrusted-config"),
        ("a: |\n", "untrusted-config"),
        ("a: >-\n", "untrusted-config"),
        ("a: !!str evil\n", "untrusted-config"),
        ('a: "evil\n', "untrusted-config"),
        ("<<: a\n", "untrusted-config"),
        ("a: [evil]\n", "untrusted-config"),
        ("a: 1\tb: 2\n", "untrusted-config"),
        ("# a comment\u2028custom-lib-path: evil\n", "untrusted-config"),
        ("# a comment\x85custom-lib-path: evil\n", "untrusted-config"),
        ("--- {a: evil}\n", "untrusted-config"),
    ],
)
def test_a_configuration_in_yaml(root, text, code):
    assert {each.code for each in configured(root, text, "infer.yml")} == {code}


@pytest.mark.parametrize("value", ["evil", '"evil"', "evil.so"])
def test_a_value_in_the_next_line_of_yaml(root, value):
    problems = configured(root, f"property:\n  custom-lib-path:\n    {value}\n", "infer.yml")
    assert {each.code for each in problems} == {"untrusted-config"}


def test_plain_yaml_passes(root):
    text = """\
%YAML:1.0
---
# a comment: {with} *everything*
property:
  gpu-id: 0
  net-scale-factor: 0.0039   # 1/255
  'onnx-file': model.onnx
  labelfile-path: "labels.txt"
  infer-dims: 3;544;960
  offsets: [109.1, -102.6, 1e-3]
  empty:

  list:
    - 1.0
    - -2
  roi-RF-0: 295;643;579;634
group:
  - src-ids: 0;1
    process-on-roi: 1
- "draw-roi": 0
...
"""
    assert configured(root, text, "infer.yml") == []


def test_the_python_file_beside_a_library_is_code_as_well(root):
    (root / "libx.so").touch()
    assert codes("nvinfer custom-lib-path={p}", root / "libx.so", p=root / "libx.so") == []
    (root / "libx.py").touch()
    (root / "link.so").symlink_to(root / "libx.so")
    for name in ("libx.so", "link.so"):
        given = codes("nvinfer custom-lib-path={p}", root / "libx.so", p=root / name)
        assert given == ["untrusted-code"]
    both = (root / "libx.so", root / "libx.py")
    assert codes("nvinfer custom-lib-path={p}", *both, p=root / "libx.so") == []


PREPARE = """\
[property]
network-input-shape=4;3;12;16
custom-lib-path={library}
custom-tensor-preparation-function=CustomTensorPreparation
[user-configs]
mean-file={mean}
[group-0]
src-ids=0
process-on-roi=0
"""


def test_a_configuration_of_nvdspreprocess_passes_with_its_library_allowed(root):
    library = "/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so"
    file = root / "prepare.txt"
    text = f"nvdspreprocess config-file={file}"
    file.write_text(PREPARE.format(library=library, mean="mean.ppm"))
    assert codes(text, root) == ["untrusted-code"]
    assert codes(text, root, library) == []
    file.write_text(PREPARE.format(library=library, mean="../mean.ppm"))
    assert codes(text, root, library) == ["untrusted-path"]
    file.write_text(PREPARE.format(library="lib/own.so", mean="mean.ppm"))
    (root / "lib").mkdir()
    assert codes(text, root, root / "lib" / "own.so") == []
    (root / "lib" / "own.py").write_text("")
    assert codes(text, root, root / "lib" / "own.so") == ["untrusted-code"]


def test_a_configuration_that_names_another(root):
    (root / "second.txt").write_text("model-file=/etc/passwd\n")
    (problem,) = configured(root, "config-file=second.txt\n")
    assert problem.message.startswith(f"{root}/infer.txt:1: {root}/second.txt:1: '/etc/passwd'")
    (problem,) = configured(root, "config-file=infer.txt\n")  # itself
    assert "too many files" in problem.message


def test_lists_of_files(root):
    (root / "a.yml").write_text("a: 1\n")
    (root / "b.yml").write_text("onnxFile: /etc/passwd\n")
    for separator in ";,|":
        text = f"nvtracker ll-config-file={root}/a.yml{separator}{{}}"
        assert codes(text.format(f"{root}/a.yml"), root) == []
        assert codes(text.format("/etc/passwd"), root) == ["untrusted-path"]
        assert codes(text.format(f"{root}/b.yml"), root) == ["untrusted-path"]


def test_a_configuration_that_is_not_text(root):
    (root / "infer.txt").write_bytes(b"\xff\xfe\0")
    (problem,) = check_untrusted(
        Description("nvinfer config-file-path={p}", p=root / "infer.txt"),
        Allowed(paths=(str(root),)),
    )
    assert problem.code == "untrusted-config"


def test_neither_gstreamer_nor_a_plugin_is_loaded(root):
    (root / "a.gstp").write_text("filesrc location=/etc/passwd ! nosuch ! fakesink")
    program = (
        "import sys; from pythiags.cli.commands import run; "
        f"code = run(['check', '--untrusted', {str(root / 'a.gstp')!r}]); "
        "sys.exit(99 if 'gi' in sys.modules else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "error[untrusted-path]: '/etc/passwd' is outside" in done.stdout
    assert "error[untrusted-element]: the element 'nosuch' is not allowed" in done.stdout
    assert "2 errors" in done.stdout
