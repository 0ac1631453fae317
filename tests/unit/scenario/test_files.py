"""Where scenario files are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingcang.scenario import files
from pingcang.scenario.tree import Place

NOWHERE = Place("")


def test_a_bare_word_is_a_ready_made_name_and_a_path_is_a_path(tmp_path: Path) -> None:
    folder = files.scenarios_folder()
    assert files.find("one_account", "scenario", tmp_path, NOWHERE, ()) == folder / "one_account.yaml"
    assert files.find("cn_2015", "rules", tmp_path, NOWHERE, ()) == folder / "rules" / "cn_2015.yaml"
    assert files.find("one_account.yaml", "scenario", tmp_path, NOWHERE, ()) == tmp_path / "one_account.yaml"
    assert files.find(Path("one_account"), "scenario", tmp_path, NOWHERE, ()) == tmp_path / "one_account"


def test_a_bare_word_may_be_a_file_if_it_is_no_name(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert files.find("mine", "scenario", tmp_path, NOWHERE, ()) == tmp_path / "mine"


def test_an_installed_package_brings_its_own_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_INSTALLED", tmp_path)
    (tmp_path / "only.yaml").touch()
    assert files.ready_made() == ["only"]
    monkeypatch.setattr(files, "_INSTALLED", tmp_path / "missing")
    assert files.scenarios_folder() == files._CHECKOUT
