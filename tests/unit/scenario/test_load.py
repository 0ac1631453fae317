"""load_scenario, and the ready-made scenarios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pingcang.scenario import LoadedScenario, load_scenario, load_text, ready_made


@pytest.mark.parametrize("name", ready_made())
def test_every_ready_made_scenario_loads_and_its_text_loads_back(name: str) -> None:
    loaded = load_scenario(name)
    assert (loaded.source, loaded.scenario.name) == (name, name)
    assert load_text(loaded.text, base_folder=loaded.base_folder).scenario == loaded.scenario


def test_the_rule_sets_say_what_their_sources_say() -> None:
    """Initial margin, short margin, close-out line: 50/50/130 % in 2015, 80/100/130 % in 2025."""
    assert {"cn_2015", "cn_2025"} <= set(ready_made("rules"))
    rules = {name: load_text(MINIMAL, settings=[f"rules={name}"]).scenario.rules for name in ("cn_2015", "cn_2025")}
    found = {name: (r.name, r.initial_margin.value, r.short_margin, r.close_out_line) for name, r in rules.items()}
    assert found == {"cn_2015": ("cn_2015", 0.5, 0.5, 1.3), "cn_2025": ("cn_2025", 0.8, 1.0, 1.3)}


def test_a_file_is_known_by_the_name_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded = load_scenario("mine.yaml")
    assert (loaded.source, loaded.base_folder) == ("mine.yaml", tmp_path)


def test_a_ready_made_name_wins_over_a_folder_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one_account").mkdir()
    monkeypatch.chdir(tmp_path)
    assert isinstance(load_scenario("one_account"), LoadedScenario)


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert load_scenario(path).scenario.name == "minimal"


def test_loading_needs_no_heavy_library() -> None:
    code = "import sys, pingcang.scenario; print({'numpy', 'pandas', 'mesa'}.intersection(sys.modules))"
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert heavy.strip() == "set()"


MINIMAL = """\
name: minimal
calendar: {start: 2015-06-12, days: 1}
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}
"""
