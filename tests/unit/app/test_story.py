"""The story of an account, told from the audit of the same run."""

import pytest

from pingcang.app.play import play_of
from pingcang.app.settings import Settings
from pingcang.app.story import audited, story_of
from pingcang.errors import ScenarioError
from pingcang.montecarlo.runner import run_many
from pingcang.trace import trace_account

ONE = Settings.read({"scenario": "one_account", "days": 6, "seed": 0})


def test_one_account_is_called_waits_and_is_sold_down():
    """The numbers of scenarios/one_account.yaml."""
    story = story_of(ONE, "retail:0")
    assert [line[1] for line in story.lines] == ["CALLED", "FORCED", "forced order", "NORMAL"]
    assert story.lines[2] == ("01-12", "forced order", "1.500", "32,500 deep at 8.00")
    assert "ratio 1.613" in story.head and "100% news" in story.lines[0][3]


def test_the_trail_in_memory_tells_what_that_on_the_disk_tells(tmp_path):
    settings = Settings.read({"scenario": "limit_pin", "days": 5, "seed": 3})
    loaded = settings.load()
    outcome = run_many(loaded, seed=3, record=("audit",), out=tmp_path / "run.zarr")
    assert trace_account(audited(settings), "retail:0").to_dict() == trace_account(outcome.store, "retail:0").to_dict()


def test_the_audit_is_of_the_run_that_is_shown():
    settings = Settings.read({"scenario": "china_2015", "days": 5, "seed": 7})
    assert (audited(settings).index == play_of(settings.to_dict())["index"]).all()


@pytest.mark.parametrize("account", [None, 7, {}, ["retail:0"], "", "retail:9", "nobody:0", "retail:-1", "x" * 10_000])
def test_what_is_no_account_is_refused(account):
    with pytest.raises(ScenarioError):
        story_of(ONE, account)
