import pytest

from fakes import FakeMarket, loaded
from pingcang.errors import ScenarioError
from pingcang.results.dataset import assemble, provenance
from pingcang.results.plot import plot_runs, save_plot


def dataset(runs, amplification):
    made = [
        FakeMarket()(loaded(), seed=0, run=run, threads=1, amplification=amplification, record=())
        for run in range(runs)
    ]
    return assemble(made, provenance(loaded(), seed=0, record=(), amplification=amplification))


@pytest.mark.parametrize("runs", [1, 3])
def test_the_page_has_four_panels_with_units_and_a_title_that_says_what_was_run(runs):
    figure = plot_runs(dataset(runs, True))
    labels = [panel.get_ylabel() for panel in figure.axes]
    assert len(labels) == 4
    assert "tn CNY" in labels[1] and "stocks" in labels[2] and "bn CNY" in labels[3]
    assert f"seed 0, {runs} run" in figure.get_suptitle() and "scale 1" in figure.get_suptitle()


def test_several_runs_are_drawn_as_a_median_in_a_band():
    assert len(plot_runs(dataset(3, False)).axes[0].collections) == 1
    assert len(plot_runs(dataset(1, False)).axes[0].collections) == 0


def test_the_index_without_feedback_is_dashed():
    lines = plot_runs(dataset(1, True)).axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "--"]


def test_a_picture_is_written_by_suffix_and_an_unknown_one_is_refused(tmp_path):
    save_plot(dataset(1, False), tmp_path / "new" / "x.png")
    assert (tmp_path / "new" / "x.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ScenarioError, match=r"no picture format; use \.png"):
        save_plot(dataset(1, False), tmp_path / "x.docx")
