"""What an appsink delivers is what the texture shows, pixel for pixel."""

import pytest


@pytest.mark.parametrize("pixel_format", ["RGB", "BGR", "RGBA", "BGRA", "GRAY8"])
def test_pixels_arrive_as_they_were_sent_padded_rows_included(run_program, pixel_format):
    lines = run_program("texture_pixels", pixel_format).splitlines()
    assert len(lines) == 3
    assert all(int(line.split()[-1]) <= 4 for line in lines), lines
