"""Options that pair up, and options that are template variables."""

import pytest

from pythiags.cli.options import Pair, pairs_of, reject_misspelt, split_variables
from pythiags.errors import ConfigError

OWN = ["--obs", "--ext", "--proc", "--timeout", "--display"]


def test_the_first_of_each_belong_together():
    assert pairs_of(["a", "b"], ["m:E", "m:F"], ["m:P", "m:Q"]) == (
        Pair("a", "m:E", ("m:P",)),
        Pair("b", "m:F", ("m:Q",)),
    )


def test_one_element_for_all():
    assert [pair.element for pair in pairs_of(["a"], ["m:E", "m:F"], ["m:P", "m:Q"])] == ["a", "a"]


def test_one_extractor_for_all_consumers_is_shared():
    assert pairs_of(["a"], ["m:E"], ["m:P", "m:Q"]) == (Pair("a", "m:E", ("m:P", "m:Q")),)


def test_a_command_without_obs_does_not_speak_of_it():
    assert pairs_of((), ["m:E"], ["m:P"], element="source") == (Pair("source", "m:E", ("m:P",)),)
    assert pairs_of((), (), (), element="source") == ()
    with pytest.raises(ConfigError) as caught:
        pairs_of((), ["m:E"], (), element="source")
    assert "--obs" not in str(caught.value)


def test_an_extractor_named_twice_is_two():
    first, second = pairs_of(["a"], ["m:E", "m:E"], ["m:P", "m:Q"])
    assert (first.consumers, second.consumers) == (("m:P",), ("m:Q",))


def test_nothing_is_no_pair():
    assert pairs_of([], [], []) == ()


@pytest.mark.parametrize(
    ("obs", "ext", "proc", "says"),
    [
        (["a"], ["m:E"], [], "add --proc=module:Consumer"),
        (["a"], [], ["m:P"], "add --ext=module:Extractor"),
        (["a"], [], [], "add --proc=module:Consumer"),
        ([], ["m:E"], ["m:P"], "add --obs=NAME"),
        (["a", "b"], ["m:E"], ["m:P"], "got: 2 --obs, 1 --ext, 1 --proc"),
        (["a"], ["m:E", "m:F"], ["m:P"], "got: 1 --obs, 2 --ext, 1 --proc"),
        (["a"], ["m:E", "m:F"], ["m:P", "m:Q", "m:R"], "one --ext that all --proc share"),
        (["a", "b"], ["m:E"], ["m:P", "m:Q"], "one --obs for all"),
    ],
)
def test_what_does_not_pair_up_is_told_with_the_remedy(obs, ext, proc, says):
    with pytest.raises(ConfigError, match="--") as caught:
        pairs_of(obs, ext, proc)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words", "variables"),
    [
        (["demo.gstp", "--batch-size=4"], ["demo.gstp"], {"batch_size": "4"}),
        (["--batch-size", "4", "demo.gstp"], ["demo.gstp"], {"batch_size": "4"}),
        (["--uri=http://x/?a=b"], [], {"uri": "http://x/?a=b"}),
        (["--empty=", "--spaced=a b ! c"], [], {"empty": "", "spaced": "a b ! c"}),
        (["--offset", "-5"], [], {"offset": "-5"}),
        (["a", "!", "b", "name=x"], ["a", "!", "b", "name=x"], {}),
    ],
)
def test_unknown_options_are_variables(arguments, words, variables):
    assert split_variables(arguments, OWN) == (words, variables)


def test_a_variable_with_an_options_name():
    assert split_variables(["p"], OWN, ["timeout=5"]) == (["p"], {"timeout": "5"})


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (["--ob"], [], "did you mean --obs?"),
        (["--batch-size"], [], "--batch-size=VALUE sets a template variable"),
        (["--batch-size", "--display=none"], [], "--batch-size has no value"),
        (["--4x=1"], [], "expected: NAME=VALUE"),
        ([], ["timeout"], "expected: NAME=VALUE"),
    ],
)
def test_what_cannot_be_a_variable(arguments, given, says):
    with pytest.raises(ConfigError) as caught:
        split_variables(arguments, OWN, given)
    assert says in str(caught.value)


def test_a_misspelt_option_is_told_from_a_variable():
    with pytest.raises(ConfigError, match="did you mean --obs"):
        reject_misspelt(["ob"], ["batch_size"], OWN)
    reject_misspelt(["ob"], ["ob"], OWN)  # the pipeline has {ob}: it is a variable
    reject_misspelt(
        ["timeouts"], ["timeout_s"], OWN
    )  # closer to a variable: the template reports it
