"""The Chinese README says what the English one says: same commands, scenarios and numbers, in the glossary's terms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pingcang.scenario import ready_made

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
TERMS = ["两融", "融资余额", "场外配资", "追加保证金通知", "强制平仓", "涨跌停", "跌停", "停牌", "平仓", "等风险余额"]


def commands(text: str) -> list[str]:
    """Every line of the sh blocks."""
    return [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]


def command_table(text: str) -> list[tuple[str, list[str]]]:
    """(page, commands in code) of each row of the table of commands."""
    rows = re.findall(r"^\| .*? \| (`.*?) \| \[.*?\]\((docs/\w+\.md)\) \|$", text, re.M)
    return [(page, re.findall(r"`(pingcang [^`]*)`", cell)) for cell, page in rows]


def test_both_readmes_have_the_same_commands() -> None:
    assert commands(CHINESE) == commands(ENGLISH)
    assert len(command_table(ENGLISH)) > 10
    assert command_table(CHINESE) == command_table(ENGLISH)


def test_both_readmes_show_the_same_table_of_results() -> None:
    tables = [re.findall(r"^<!-- table -->\n```text\n(.*?)^```", text, re.M | re.S) for text in (ENGLISH, CHINESE)]
    assert tables[0] and tables[0] == tables[1]


def test_the_readmes_link_to_each_other() -> None:
    assert "](README.zh-CN.md)" in ENGLISH
    assert "](README.md)" in CHINESE


def test_the_chinese_readme_names_every_ready_made_scenario() -> None:
    assert [name for name in ready_made() if f"`{name}`" not in CHINESE] == []


@pytest.mark.parametrize("term", TERMS)
def test_the_chinese_readme_uses_the_glossary_s_terms(term: str) -> None:
    assert term in CHINESE
    assert term in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", ["3.28", "1.05", "1.16", "39"])
def test_headline_figures_are_those_of_the_english_readme(figure: str) -> None:
    assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.]\d)", ENGLISH)
    assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.]\d)", CHINESE)
