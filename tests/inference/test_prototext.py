"""The text format of protocol buffers: what is read of it, and how mistakes are told."""

from __future__ import annotations

import pytest

from pythiags.errors import ConfigError
from pythiags.inference.prototext import Message, read_prototext

TEXT = r"""
# a comment
infer_config {
  unique_id: 5   # another
  gpu_ids: [0, 1]
  gpu_ids: 2;
  inputs: [ { name: "a:0" }, < name: 'b' > ]
  outputs { name: "x" "y\n\101" }, scale_factor: -1.5e-3
  empty: [] on: true
}
"""


def plain(value):
    """Messages as dictionaries of lists, scalars as texts."""
    if isinstance(value, Message):
        return {name: [plain(each) for each in values] for name, values in value.fields.items()}
    return value.text


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "config.txt"

    def one(text):
        path.write_text(text)
        return read_prototext(path)

    return one


def test_fields_lists_messages_and_texts(read):
    (config,) = plain(read(TEXT))["infer_config"]
    assert config == {
        "unique_id": ["5"],
        "gpu_ids": ["0", "1", "2"],
        "inputs": [{"name": ["a:0"]}, {"name": ["b"]}],
        "outputs": [{"name": ["xy\nA"]}],
        "scale_factor": ["-1.5e-3"],
        "on": ["true"],
    }


def test_each_value_knows_its_line(read):
    message = read(TEXT).fields["infer_config"][0]
    assert message.fields["unique_id"][0].where.endswith("config.txt:4")
    assert message.fields["inputs"][1].where.endswith(":7")
    assert message.places["outputs"].endswith(":8")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("a {\n b: 1\n", 3, "}"),
        ("a: [1, 2\nb: 3", 2, "] or ,"),
        ("a 1", 1, "':' or '{' after a"),
        ("a:\n}", 2, "a value"),
        ("}", 1, "the name of a field"),
        ("a: 1\n$", 2, "fields such as"),
        ('a: "no end\n"', 1, "fields such as"),
        ("[property]\na=1", 1, "the name of a field"),
        ("a { " * 70, 1, "at most 64 messages"),
    ],
)
def test_a_mistake_is_told_with_its_line(read, text, line, expected):
    with pytest.raises(ConfigError) as raised:
        read(text)
    assert f"config.txt:{line}" in raised.value.where
    assert expected in raised.value.expected
