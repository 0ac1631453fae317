"""The frame of the replications: rows with their verdict, tables on disk, the text of the page."""

import math

import pandas as pd
import pytest
from experiments.common.page import blocks_of
from experiments.common.style import new_figure
from experiments.common.tables import markdown, read
from experiments.replications import command
from experiments.replications.catalogue import NAMES, replication
from experiments.replications.frame import COLUMNS, Origin, Outcome, Replication, block, near, relative, within
from typer.testing import CliRunner


def made_up(got=1.0):
    return Replication("made_up", "Made up", "Nobody (2026)", "an empty panel", lambda: outcome(got))


def outcome(got=1.0):
    rows = [near("one", Origin.FORMULA, 1.0, got, 0.1), within("two", Origin.OWN_CHECK, "2", 2.0, 1.5, math.inf)]
    return Outcome(rows, lambda: new_figure(1, 1, height=2)[0], "seed 1")


@pytest.fixture
def one_known(monkeypatch):
    def know(got):
        monkeypatch.setattr(command, "replication", lambda name: made_up(got))

    return know


@pytest.mark.parametrize(("got", "met"), [(0.9, True), (1.1, True), (1.11, False), (math.nan, False)])
def test_a_number_is_accepted_within_its_tolerance_and_never_if_unknown(got, met):
    assert near("x", Origin.FORMULA, 1.0, got, 0.1 + 1e-12).met is met


def test_a_share_of_a_negative_target_is_a_width_like_any_other():
    assert relative("x", Origin.FORMULA, -2.0, -2.1, 0.06).met
    assert not relative("x", Origin.FORMULA, -2.0, -2.2, 0.06).met


@pytest.mark.parametrize(
    ("low", "high", "accepted"), [(-math.inf, 3.5, "≤ 3.500"), (10, math.inf, "≥ 10.000"), (-1, 2, "−1.000 to 2.000")]
)
def test_a_band_open_to_one_side_says_so(low, high, accepted):
    row = within("x", Origin.FORMULA, "t", 20.0, low, high)
    assert (row.accepted, row.met) == (accepted, high > 20)


def test_the_text_counts_what_is_met_and_shows_the_figure():
    text = block(made_up(), outcome(2.0))
    assert "**1 of 2 bands met.**" in text
    assert "| one | formula | 1.000 | 2.000 | ± 0.1 | no |" in text
    assert "![an empty panel](images/replications/made_up.png)" in text


def test_one_command_writes_table_figure_and_text(tmp_path, one_known):
    one_known(1.0)
    ran = CliRunner().invoke(command.app, [NAMES[0], "--out", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    assert {path.name for path in tmp_path.iterdir()} == {f"made_up.{end}" for end in ("csv", "json", "png", "md")}
    told = read("made_up", tmp_path)
    assert tuple(told.tables["made_up"].columns) == COLUMNS
    assert told.provenance["met"] is True
    assert "Made up" in ran.stdout


def test_a_band_that_is_missed_is_written_and_told_by_the_exit_code(tmp_path, one_known):
    one_known(3.0)
    ran = CliRunner().invoke(command.app, [NAMES[0], "--out", str(tmp_path), "--quiet"])
    assert (ran.exit_code, ran.stdout) == (command.MISSED, "")
    assert read("made_up", tmp_path).provenance["met"] is False


def test_a_name_that_is_not_known_is_refused_with_those_that_are(tmp_path):
    ran = CliRunner().invoke(command.app, ["lehman", "--out", str(tmp_path / "new")])
    assert ran.exit_code == 2
    assert "critical_leverage" in ran.output
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_an_error_of_the_disk(tmp_path, one_known):
    one_known(1.0)
    (tmp_path / "file").write_text("")
    ran = CliRunner().invoke(command.app, [NAMES[0], "--out", str(tmp_path / "file" / "in")])
    assert ran.exit_code == 3
    assert "pingcang: " in ran.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_the_table_that_is_kept(name):
    kept = pd.read_csv(command.RESULTS / f"{name}.csv", dtype=str)
    shown = blocks_of(command.PAGE.read_text(encoding="utf-8"))[name]
    assert markdown(kept) in shown
    assert f"**{(kept['met'] == 'yes').sum()} of {len(kept)} bands met.**" in shown
    assert f"images/replications/{name}.png" in shown
    assert (command.PICTURES / f"{name}.png").stat().st_size < 200_000
    assert replication(name).name == name


@pytest.mark.parametrize("name", ["cont_wagalath", "greenwood_landier_thesmar", "critical_leverage", "cont_schaanning"])
def test_every_band_of_an_exact_result_is_met(name):
    assert set(pd.read_csv(command.RESULTS / f"{name}.csv", dtype=str)["met"]) == {"yes"}
