import pytest

from pingcang.cli.progress import PlainLines, duration, shown_progress


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self):
        return self.now


def told(capsys, runs, steps, before=0.0):
    """The lines after steps of (seconds that pass, runs that are done then)."""
    clock = Clock()
    lines = PlainLines(runs, clock)
    lines(before)
    for seconds, advanced in steps:
        clock.now += seconds
        lines(advanced)
    return capsys.readouterr().err.splitlines()


def test_a_line_tells_runs_done_time_elapsed_and_time_left(capsys):
    assert told(capsys, 100, [(30, 20)]) == ["pingcang: 20 of 100 runs, 0:30 elapsed, 2:00 left"]


def test_what_was_finished_before_counts_as_done_but_for_no_speed(capsys):
    assert told(capsys, 1000, [(60, 100)], before=700) == ["pingcang: 800 of 1,000 runs, 1:00 elapsed, 2:00 left"]


def test_lines_come_at_most_every_ten_seconds_and_for_five_percent(capsys):
    assert len(told(capsys, 100, [(1, 1)] * 99)) == 9
    assert len(told(capsys, 1000, [(1, 1)] * 100)) == 2  # 5% each
    assert len(told(capsys, 100_000, [(1, 1)] * 600)) == 10  # slower than that: once a minute


def test_a_single_run_is_told_in_percent(capsys):
    assert told(capsys, 1, [(15, 0.25)]) == ["pingcang: 25% of the run, 0:15 elapsed, 0:45 left"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (754, "12:34"), (3723, "1:02:03")])
def test_a_duration_reads_like_a_clock(seconds, text):
    assert duration(seconds) == text


def test_quiet_tells_nothing(capsys):
    with shown_progress("x", 5, quiet=True) as on_progress:
        on_progress(1.0)
    assert capsys.readouterr() == ("", "")
