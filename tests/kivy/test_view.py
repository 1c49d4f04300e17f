"""VideoView: its life, its sizes, what it leaves behind; the example that is made of it."""

from pathlib import Path

import pytest

PLAYER = Path(__file__).parents[2] / "examples" / "kivy_player" / "main.py"


def test_play_pause_resume_stop_again_end_and_error(run_program):
    assert run_program("view_life") == "ok\n"


def test_two_at_once_and_a_size_that_changes_in_mid_stream(run_program):
    assert run_program("view_sizes") == "ok\n"


def test_nothing_stays_of_widgets_that_came_and_went(run_program):
    assert run_program("view_leaks") == "ok\n"
    with pytest.raises(AssertionError, match="VideoView object"):
        run_program("view_leaks", "keep")


def test_the_example_plays_and_pauses(run_program, tmp_path):
    picture = tmp_path / "player.png"
    assert run_program("player", PLAYER, picture) == "ok\n"
    assert list(tmp_path.glob("player*.png"))


def test_no_window_that_nobody_sees(run_program):
    assert run_program("unseen", DISPLAY="") == "7 True True\n"
