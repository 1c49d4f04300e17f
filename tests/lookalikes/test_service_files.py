"""Files in YAML: as they are read, pipelines of them, and lists of sources."""

import re

import pytest
from standins.servicemaker import Seeing

from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.plainyaml import parse_yaml
from pythiags.lookalikes.pyservicemaker.probes import Probe
from pythiags.lookalikes.pyservicemaker.sourceconfig import RecordConfig, SourceConfig

TEXTS = [
    "a: 1",
    "a: 1.5\nb: -2\nc: 0x1f\nd: 1e3\ne: .5\nf: 017\ng: 019\nh: 1.5e+3",
    "a: true\nb: off\nc: ~\nd:\ne: 'true'\nf: null",
    "- a\n- b: 1\n  c: 2\n-\n  d: 3\n- [1, 'x, y', {z: 1}]",
    "a:\n- 1\n- 2\nb:\n  - 3\n  -   c: 4\n      d: 5",
    "a: \"x # y\\n\\\"z\\\"\" # comment\nb: 'it''s'\nc: x#y\n# d: 1\n  # e: 2",
    "uri: file:///a/b.mp4\ncaps: video/x-raw(memory:NVMM), format=NV12\nconn: localhost;9092",
    "a: [queue, tee]\nb: []\nc: {}\nd: {e: 1, f: [2, 3]}\ng: [\n  1, # one\n  2\n]",
    "%YAML:1.0\n---\na: 1\n...",
    "a.b: c\n-x-y: 1\n'quoted key': 2\n3: 4",
    "deepstream:\n  nodes:\n  - type: queue\n    # a comment\n    name: q\n  edges:\n    q: [a, b]",
    "",
    "just a text",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_pyyaml_reads_it(text):
    yaml = pytest.importorskip("yaml")
    expected = yaml.safe_load(text.replace("%YAML:1.0\n", ""))
    assert parse_yaml(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1", "file:1: anchors, tags, and texts of several lines are not read"),
        ("a: 1\nb: |\n  text", "file:2: anchors"),
        ("a: 1\n\tb: 2", "file:2: YAML is indented by blanks"),
        ("a: 1\n   b: 2", "file:2: the line is indented unlike"),
        ("a: [1, 2", "file:1: the closing ] is missing"),
        ("a: {b: 1", "file:1: the closing } is missing"),
        ("a: 1\nb", "file:2: expected 'key: value'"),
        ("a: 'x' y", "file:1: there is something behind the value"),
    ],
)
def test_what_is_not_read_is_told_with_its_line(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_yaml(text, "file")


# ---- pipelines ----

PIPELINE = """
deepstream:
  nodes:
  - type: videotestsrc
    name: source
    properties:
      num-buffers: 2
  - type: nvvideoconvert
    name: convert
  - name: caps
    type: capsfilter
    properties:
      caps: video/x-raw(memory:NVMM), format=RGBA, width=64, height=48
  - type: nvstreammux
    name: mux
    properties: {batch-size: 1, width: 64, height: 48}
  - type: tee
    name: tee
  - {type: fakesink, name: sink, properties: {sync: false}}
  - type: fakesink
    name: other
    enable: false
  - type: sample_video_probe.sample_video_probe
    name: counter
    properties:
      font-size: 15
  edges:
    source: convert
    convert: caps
    caps: mux
    mux: [tee, counter]
    tee.src_%u: sink
    tee: other
"""


def test_a_pipeline_of_a_file_plays(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(PIPELINE)
    pipeline = Pipeline("p", str(path))
    labels = Seeing(lambda batch: _labels(next(batch.frame_items)))
    pipeline.attach("sink", Probe("it", labels))
    assert pipeline["counter"].properties == {"font-size": 15}
    pipeline.start().wait()
    assert labels.seen == [["Person=0,Vehicle=0"]] * 2


def _labels(frame):
    from pythiags.lookalikes.pyds import metas
    from pythiags.lookalikes.pyds._pyds import get_string, view_of

    link = view_of(metas.NvDsFrameMeta, frame).display_meta_list
    display = metas.NvDsDisplayMeta.cast(link.data)
    found = display.text_params[: display.num_labels]
    assert {each.font_params.font_size for each in found} == {15}
    return [get_string(each.display_text) for each in found]


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("deepstream:", "pipeline:", ValueError, "expected 'deepstream:' with 'nodes:'"),
        ("name: convert", "nam: convert", ValueError, "node 2: expected 'type:' and 'name:'"),
        ("    enable: false", "    enabled: no", ValueError, "unknown key 'enabled'; did you mean"),
        ("type: tee", "type: tea", RuntimeError, "there is no 'tea' for 'tee'"),
        ("caps: mux", "caps: mixer", RuntimeError, "edge caps to mixer: mixer Not found"),
        ("font-size: 15", "font: 15", AttributeError, "sample_video_probe 'counter' has no prop"),
        ("sample_video_probe.sample", "mine.my", RuntimeError, "no custom object 'mine.my_video"),
    ],
)
def test_a_wrong_file_is_told(tmp_path, old, new, error, message):
    path = tmp_path / "p.yaml"
    assert old in PIPELINE
    path.write_text(PIPELINE.replace(old, new))
    with pytest.raises(error) as found:
        Pipeline("p", str(path))
    assert message in str(found.value)


# ---- sources ----


def test_a_list_of_sources_is_read(tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text(
        "source-list:\n- uri: file:///a.mp4\n  sensor-id: one\n  sensor-name: first\n"
        "source-config:\n  source-bin: nvurisrcbin\n  properties:\n    file-loop: true\n"
    )
    config = SourceConfig()
    config.load(str(path))
    assert config.sensor_list == [("one", "first", "file:///a.mp4")]
    assert (config.source_type, config.source_properties) == ("nvurisrcbin", {"file-loop": True})
    assert (config.camera_list, config.sensor_list[0].uri) == ([], "file:///a.mp4")


def test_a_list_of_cameras_is_read(tmp_path):
    path = tmp_path / "cameras.yaml"
    path.write_text("camera-list:\n- camera-type: V4L2\n  camera-width: 640\n  gpu-id: 0\n")
    config = SourceConfig()
    config.load(str(path))
    (camera,) = config.camera_list
    assert (camera.camera_type, camera.camera_width, camera.camera_height) == ("V4L2", 640, None)
    assert config.source_type == "camerabin"


def test_a_recording_by_messages_needs_a_broker():
    with pytest.raises(ValueError, match="conn_str, msgconv_config_file, proto_config_file"):
        RecordConfig(recording_type="cloud", proto_lib="lib.so", topic_list="a")
    assert RecordConfig().rec_cache == 20
