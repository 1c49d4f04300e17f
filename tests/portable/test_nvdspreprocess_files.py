"""Configuration files of nvdspreprocess: what is said of them, by the element and by ``check``."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.preparing import LIBRARY, WHOLE, preprocess_file, property_group
from standins.starting import said_at_start

from pythiags import portable
from pythiags.description import Description
from pythiags.gst._gst import prepare_file_problems
from pythiags.gst.check import check

ONE = "pixel-normalization-factor=1\n"
REGIONS = "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0=0;0;16;12\n"
OBJECTS = "[group-0]\nsrc-ids=0\nprocess-on-all-objects=1\n"


@pytest.fixture
def said(tmp_path):
    """``said(path)``: what element and ``check`` say alike; the folder is left out."""

    def ask(path, more=""):
        text = f"fakesrc ! nvdspreprocess {more} config-file={path} ! fakesink"
        found = [(each.severity, each.message) for each in check(Description(text))]
        assert found == said_at_start(f"nvdspreprocess {more} config-file={path}")
        return [(severity, said.replace(f"{tmp_path}/", "")) for severity, said in found]

    portable.install(["nvdspreprocess"])
    return ask


@pytest.mark.parametrize(
    ("groups", "keys"),
    [
        (WHOLE, {}),
        (REGIONS, {"gpu-id": 1, "scaling-buf-pool-size": 6, "scaling-pool-compute-hw": 1}),
        (REGIONS + "[group-1]\nsrc-ids=1\nprocess-on-roi=0\n", {"enable": 0}),
        (REGIONS + "custom-input-transformation-function=CustomAsyncTransformation\n", {}),
        (REGIONS + "roi-color=1;0;0;1;\ndraw-roi=0\ninterval=2\n", {"operate-on-gie-id": -1}),
        (OBJECTS + "operate-on-class-ids=0;2\n", {"process-on-frame": 0}),
        (OBJECTS.replace("=1", "=0") + "roi-params-src-0=1;1;9;9\n", {"process-on-frame": 0}),
    ],
)
def test_files_that_are_right(said, tmp_path, groups, keys):
    assert said(preprocess_file(tmp_path, groups, **keys)) == []


def test_the_last_of_several_values_counts(said, tmp_path):
    path = preprocess_file(tmp_path, WHOLE)
    path.write_text("[property]\nprocessing-width=18\ntensor-name=\n" + path.read_text())
    assert said(path) == [
        (
            "warning",
            f"{path.name}:{line}: [property] {key} is there again in line {again}, which counts",
        )
        for line, key, again in ((2, "processing-width", 7), (3, "tensor-name", 12))
    ]


FILE = "config_preprocess.txt"
PROPERTY = [
    ({"enable": "yes"}, f"{FILE}:14: [property] enable: 'yes' is neither 0 nor 1"),
    ({"processing-width": "0"}, f"{FILE}:4: [property] processing-width: 0 is not between 1"),
    ({"processing-width": "18"},
     f"{FILE}:6: [property] network-input-shape: the network's input is 16x12, and processing-"),
    ({"network-input-shape": "3;12;16"}, "has 3 numbers: expected 4, batch;channels;height;width"),
    ({"network-input-shape": "600;3;384;512", "processing-width": "512",
      "processing-height": "384"},
     f"{FILE}:6: [property] network-input-shape=600;3;384;512: a tensor has at most 268435456"),
    ({"network-input-shape": "4;1;12;16"}, "has 1 channels, and network-color-format=0 has 3"),
    ({"network-input-order": "2"}, "network-input-order: 2 is for tensors of a function of one's"),
    ({"network-color-format": "3"}, "network-color-format: 3 is not between 0 and 2"),
    ({"tensor-data-type": "1"}, "CustomTensorPreparation writes floats, also where 1 is asked for"),
    ({"tensor-data-type": "7", "network-input-order": "1", "network-input-shape": "4;12;16;3"},
     "CustomTensorPreparation writes nothing for 7 (FP16) with network-input-order=1"),
    ({"tensor-name": None}, f"{FILE}:1: [property] has no tensor-name: write tensor-name=<the"),
    ({"scaling-filter": None}, "has no scaling-filter: write scaling-filter=1"),
    ({"custom-tensor-preparation-function": "Mine"},
     f"{FILE}:13: [property] custom-tensor-preparation-function: libcustom2d_preprocess.so has no "
     "'Mine': write CustomTensorPreparation"),
    ({"target-unique-ids": "1,2"}, "target-unique-ids: '1,2' is no whole number"),
    ({"unique-id": "5 # mine"}, "unique-id has a comment behind its value"),
]  # fmt: skip
GROUP = [
    ("[group-0]\nprocess-on-roi=0\n", f"{FILE}:16: [group-0] has no src-ids"),
    ("[group-0]\nsrc-ids=0\n", f"{FILE}:16: [group-0] has no process-on-roi: write 1 for regions"),
    ("[group-x]\nsrc-ids=0\nprocess-on-roi=0\n", "[group-x] has no number: write [group-0]"),
    (REGIONS.replace("src-ids=0", "src-ids=0;1"), "[group-0] has no roi-params-src-1"),
    (REGIONS.replace("roi=1\nroi-params-src-0=0;0;16;12", "roi=1"), "has no roi-params-src-0"),
    ("[group-0]\nsrc-ids=0\nroi-params-src-0=0;0;16;12\nprocess-on-roi=1\n",
     f"{FILE}:18: [group-0] roi-params-src-0 stands before process-on-roi=1"),
    (REGIONS.replace("16;12", "16"), "has 3 numbers: a region has four, left;top;width;height"),
    (REGIONS.replace("16;12", "0;12"), "region 0 has no width or no height: 0x12"),
    (REGIONS.replace("src-0=0", "src-0=-4"), "roi-params-src-0: -4 is not between 0 and 16384"),
    (REGIONS.replace("src-0=", "src-a="), "roi-params-src-a has no source's number"),
    (REGIONS + "roi-color=1;0;0\n", "roi-color: '1;0;0' is no colour: write red;green;blue;alpha"),
    (REGIONS + "roi-color=1;0;0;255\n", "roi-color: '1;0;0;255' is no colour"),
    (REGIONS + "custom-input-transformation-function=Mine\n",
     "custom-input-transformation-function: 'Mine' is compiled for NVIDIA's memory"),
    ("", "there is no group [group-0]: write one with src-ids and process-on-roi"),
]  # fmt: skip
USER = [
    ("", f"{FILE}:14: [user-configs] has no pixel-normalization-factor: write 1"),
    ("pixel-normalization-factor=half\n", "pixel-normalization-factor: 'half' is no number"),
    (ONE + "offsets=1;2\n", "offsets has 2 numbers, and the tensor 3 channels"),
    (ONE + "offsets=1;2;x\n", "offsets: 'x' is no number"),
    (ONE + "mean-file=none.ppm\n", f"{FILE}:16: [user-configs] mean-file: none.ppm cannot be used"),
    (ONE + "mean-file=text.ppm\n", "text.ppm cannot be used: it is no PPM picture in binary form"),
    (
        ONE + "mean-file=small.ppm\n",
        "small.ppm cannot be used: it is not of the size of network-input-shape",
    ),
    (
        ONE + "mean-file=deep.ppm\n",
        "deep.ppm cannot be used: its values do not go up to 255: save it",
    ),
    (ONE + "mean-file=short.ppm\n", "short.ppm cannot be used: it ends too early"),
]
PICTURES = {
    "text": b"P3\n16 12\n255\n1 2 3",
    "small": b"P6 2 2 255\n",
    "deep": b"P6 16 12 65535\n" + bytes(2 * 3 * 16 * 12),
    "short": b"P6 # 16 12 8\n16 12 255\n1",
}
WRONG = [
    *(({"groups": WHOLE, **keys}, said) for keys, said in PROPERTY),
    *(({"groups": groups}, said) for groups, said in GROUP),
    *(({"user": user}, said) for user, said in USER),
]


@pytest.mark.parametrize(("keys", "why"), WRONG, ids=[why[-40:] for _, why in WRONG])
def test_what_is_wrong_is_named_by_line_group_and_key(said, tmp_path, keys, why):
    for name, content in PICTURES.items():
        (tmp_path / f"{name}.ppm").write_bytes(content)
    ((severity, text),) = said(preprocess_file(tmp_path, **keys))
    assert severity == "error"
    assert why in text


EVERY = REGIONS.replace("src-ids=0", "src-ids=-1") + "roi-params-src-1=1;1;9;9\n"
NOTES = [
    (
        {"symetric-padding": 1},
        "symetric-padding is not known, and not read: did you mean 'symmetric-",
    ),
    (
        {"groups": f"{WHOLE}draw-rois=0\n"},
        "[group-0] draw-rois is not known, and not read: did you",
    ),
    ({"user": f"{ONE}offset=1;2;3\n"}, "[user-configs] offset is not known, and not read: did you"),
    (
        {"groups": f"{WHOLE}[groups-1]\nsrc-ids=1\n"},
        "[groups-1] is not known, and not read: did you",
    ),
    ({"groups": f"{WHOLE}roi-params-src-0=0;0;9;9\n"}, "roi-params-src-0 does not count, as whole"),
    ({"groups": EVERY}, "roi-params-src-1 does not count: src-ids=-1, and roi-params-src-0 is for"),
    ({"groups": WHOLE.replace("group-0", "group-1")}, "[group-1] is the file's group 0"),
    (
        {"user": "pixel-normalization-factor=0\n"},
        "0 is not above 0, and counts as 1, without offsets",
    ),
]


@pytest.mark.parametrize(("keys", "why"), NOTES)
def test_what_does_not_count_is_a_warning(said, tmp_path, keys, why):
    ((severity, text),) = said(preprocess_file(tmp_path, **keys))
    assert severity == "warning"
    assert why in text


def as_yaml(text, dash="  - ", key="    "):
    """The same groups in YAML, where those with numbers are a list."""
    lines, inside = [], "  "
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if line.startswith("[group-"):
            lines += [] if "group:" in lines else ["group:"]
            inside = dash
        elif line.startswith("["):
            lines.append(f"{line.strip('[]')}:")
            inside = "  "
        else:
            lines.append(f"{inside}{name}: {value}")
            inside = key if inside != "  " else inside
    return "\n".join(lines) + "\n"


@pytest.fixture
def yaml_file(tmp_path):
    def write(groups=WHOLE, name="config.yml", *, user=ONE, form=(), **keys):
        text = f"{property_group(**keys)}[user-configs]\n{user}{groups}"
        path = tmp_path / name
        path.write_text(as_yaml(text, *form))
        return path

    return write


TWO = REGIONS + "[group-1]\nsrc-ids=1\nprocess-on-roi=0\n"


@pytest.mark.parametrize(
    ("groups", "keys"),
    [
        (WHOLE, {}),
        (TWO + "roi-color=1;0;0;1\ndraw-roi=0\ninterval=2\n", {"name": "config.yaml"}),
        (TWO, {"form": ("- ", "  "), "name": "CONFIG.YML"}),
        (TWO, {"form": ("  -   ", "      ")}),
        (OBJECTS + "operate-on-class-ids=0;2\n", {"process-on-frame": 0}),
    ],
)
def test_yaml_has_a_list_of_groups(said, yaml_file, groups, keys):
    assert said(yaml_file(groups, **keys)) == []


def test_yaml_has_its_groups_in_any_order_and_its_comments_anywhere(said, tmp_path):
    path = tmp_path / "config.yml"
    first = as_yaml(TWO).replace("process-on-roi: 1", "process-on-roi: 1  # regions")
    path.write_text(
        f"%YAML:1.0\n---\n{first}# all\n" + as_yaml(f"{property_group()}[user-configs]\n{ONE}")
    )
    assert said(path) == []


YAML_LINES = [
    ("draw-roi: 2", "config.yml:19: [group-0] draw-roi: '2' is neither 0 nor 1"),
    ("draw-roi: true", "[group-0] draw-roi: 'true' is no number, which DeepStream wants here in"),
    (
        "draw-rois: 1",
        "[group-0] draw-rois is not known, and DeepStream refuses it in YAML: did you",
    ),
    ("src-ids: 0;", "src-ids ends with a semicolon, which DeepStream does not read in YAML"),
    ("- 5", "an item of a list, without a key before it"),
    ("  draw-roi: 1", "'draw-roi: 1' is indented by 6 blanks, but the keys of group-0 by 4"),
    ("- draw-roi: 1", "the dash is indented by 4 blanks, but those before it by 2"),
]


@pytest.mark.parametrize(("line", "why"), YAML_LINES, ids=[line for line, _ in YAML_LINES])
def test_what_is_wrong_in_yaml_is_named_by_line_and_group(said, yaml_file, line, why):
    path = yaml_file()
    with path.open("a") as file:
        file.write(f"    {line}\n")
    ((severity, text),) = said(path)
    assert severity == "error"
    assert why in text


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("group:\n  - ", "group:\n    draw-roi: 1\n  - ", "behind keys of group without one"),
        ("group:\n  - ", "group:\n    ", "there is no group below 'group:', as '- src-ids: 0'"),
        ("group:", "group-0:", "config.yml:16: [group-0] is not known, and DeepStream refuses it"),
        (
            "user-",
            "more:\n  a: 1\nuser-",
            "config.yml:14: [more] is not known, and DeepStream refuses",
        ),
        ("property:", "properties:", "there is no group [property]"),
    ],
)
def test_groups_that_are_wrong_in_yaml(said, yaml_file, was, now, why):
    path = yaml_file()
    path.write_text(path.read_text().replace(was, now))
    assert [why in text for severity, text in said(path) if severity == "error"] == [True]


def test_a_file_of_other_form(said, tmp_path, yaml_file):
    path = preprocess_file(tmp_path, name="config.yml")
    ((_, text),) = said(path)
    assert text.startswith("config.yml: DeepStream reads a file of that name as YAML")
    ((_, text),) = said(yaml_file(name="config.txt"))
    assert text.startswith("config.txt: DeepStream reads a file of that name as [group] and key")
    path = tmp_path / "late.txt"
    path.write_text(f"{WHOLE}{property_group()}[user-configs]\n{ONE}")
    ((_, text),) = said(path)
    assert text.startswith("late.txt:1: [group-0] stands before [property]")
    path.write_text("[group-0]\nsrc-ids=0\n")
    assert said(path) == [("error", "late.txt: there is no group [property]")]


def test_process_on_frame_counts_where_it_is_set_before_the_file(said, tmp_path):
    path = preprocess_file(tmp_path, OBJECTS)
    assert said(path, "process-on-frame=false") == []
    ((severity, text),) = said(path)
    assert severity == "error"
    assert "has no process-on-roi" in text


def test_nvidias_library_need_not_be_there(said, tmp_path):
    """Nor lie where NVIDIA's does."""
    name = LIBRARY.rpartition("/")[2]
    assert said(preprocess_file(tmp_path, **{"custom-lib-path": name})) == []


def test_problems_are_at_the_property(tmp_path):
    portable.install(["nvdspreprocess"])
    path = preprocess_file(tmp_path, "")
    (problem,) = check(Description(f"fakesrc ! nvdspreprocess config-file={path} ! fakesink"))
    assert (problem.code, str(problem.position)) == ("bad-config", "1:38")
    (problem,) = check(Description("fakesrc ! nvdspreprocess config-file=/no/x ! fakesink"))
    assert problem.code == "missing-file"
    (problem,) = check(Description("fakesrc ! nvdspreprocess ! fakesink"))
    assert problem.message == "nvdspreprocess has no configuration file"


RIGHT = f"{property_group()}[user-configs]\n{ONE}offsets=1;2;3\n{REGIONS}roi-color=1;0;0;1\n"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "config.txt"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(RIGHT)), st.integers(0, 40), st.binary(max_size=12)),
        min_size=1, max_size=4,
    ),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_whatever_is_in_a_file_is_read_or_refused_with_its_name(scratch, edits, on_frames, yaml):
    scratch = scratch.with_suffix(".yml" if yaml else ".txt")
    content = (as_yaml(RIGHT) if yaml else RIGHT).encode()
    for start, length, more in edits:
        content = content[:start] + more + content[start + length :]
    scratch.write_bytes(content)
    error, notes, _ = prepare_file_problems(str(scratch), on_frames)
    assert all(said.startswith(str(scratch)) for said in [*notes, *([error] if error else [])])
