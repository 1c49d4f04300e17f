"""VideoView: its life, its sizes, what it leaves behind; the example that is made of it."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "kivy_player"
PLAYER = EXAMPLES / "main.py"


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


def test_errors_at_the_start_and_later_come_to_on_error(run_program):
    assert run_program("view_errors") == "ok\n"


def test_what_is_set_while_it_plays_is_played_and_out_of_the_window_it_stops(run_program):
    assert run_program("view_changes") == "ok\n"


def test_the_conventions_of_kivys_video(run_program, tmp_path):
    assert run_program("view_video", tmp_path) == "ok\n"


def test_the_example_with_boxes_draws_them_where_the_people_are(run_program, tmp_path):
    assert run_program("boxes", EXAMPLES / "boxes.py", tmp_path) == "ok\n"
    assert len(list(tmp_path.glob("*.png"))) == 6


@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_consumer_in_kivys_thread(run_program, how):
    assert run_program("consumer_thread", how) == "ok\n"


def test_a_consumer_that_takes_its_time_does_not_hold_the_window_up(run_program):
    assert run_program("view_patience") == "ok\n"
