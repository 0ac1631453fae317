"""The tutorials in Chinese are the same course: same code, same exercises, same numbers, links that lead somewhere.

Their code is not run again: it is that of the English pages to the letter, but for the language of `check`.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from pingcang.course import check, verdict
from pingcang.course import verdicts as told
from pingcang.course.exercises import exercises
from pingcang.errors import ScenarioError
from pingcang.language import catalogue
from tutorials.answers import ANSWERS
from tutorials.pages import FOLDER, PAGES, cells

ZH = FOLDER / "zh"
CODE = re.compile(r"^```.*?^```$", re.M | re.S)


def prose(page: Path) -> str:
    return CODE.sub("", page.read_text(encoding="utf-8"))


def test_every_page_has_its_counterpart_and_none_is_over() -> None:
    assert [page.name for page in sorted(ZH.glob("*.md"))] == [page.name for page in sorted(FOLDER.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_both_languages_have_the_same_code_but_for_the_language_of_checks(page: Path) -> None:
    chinese = cells(ZH / page.name)
    assert sum('", answer, lang="zh")' in cell for cell in chinese) == 3
    assert [cell.replace('", answer, lang="zh")', '", answer)') for cell in chinese] == cells(page)
    head = re.compile(r"\A---\n.*?\n---\n", re.S)
    assert head.findall((ZH / page.name).read_text(encoding="utf-8")) == head.findall(page.read_text(encoding="utf-8"))


def skeleton(page: Path) -> list[str]:
    """Headings, exercises, formulas, tables and items, in order, without their words."""
    kinds = r"^(#+) |^(\*\*\d\d\.[abc]\*\*)|^(\|)|^(\d\.) |^(-) |^(    )\S"
    return ["".join(found.groups(default="")) for found in re.finditer(kinds, prose(page), re.M)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_heading_exercise_and_table_row_has_its_counterpart(page: Path) -> None:
    assert len(skeleton(page)) > 7
    assert skeleton(ZH / page.name) == skeleton(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_numbers_and_names_of_the_prose_are_the_same(page: Path) -> None:
    """Decimals (but those before a million or a trillion) and everything in code type."""
    wanted = r"\d+\.\d+(?![\d ]* ?(?:million|billion|trillion))|`[^`]+`"
    chinese, english = " ".join(prose(ZH / page.name).split()), " ".join(prose(page).split())
    missing = {found for found in re.findall(wanted, english) if found not in chinese}
    assert missing == set()


@pytest.mark.parametrize("page", sorted(ZH.glob("*.md")), ids=lambda page: page.stem)
def test_links_lead_somewhere_and_the_languages_link_to_each_other(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
        path, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        assert (page.parent / path).is_file(), target
        heads = re.findall(r"^#+ (.*)$", (page.parent / path).read_text(encoding="utf-8"), re.M)
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, (
            target
        )
    assert f"[English](../{page.name}) · 中文" in prose(page)
    assert f"English · [中文](zh/{page.name})" in prose(FOLDER / page.name)


def test_the_chinese_list_of_tutorials_names_each_with_its_title_and_time() -> None:
    index = (ZH / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        text = prose(ZH / page.name)
        title, minutes = re.search(r"^# \d\. (.*)$", text, re.M), re.search(r"^\*(\d+) 分钟。", text, re.M)
        assert title is not None and minutes is not None
        assert f"[{title[1]}]({page.name}) | {minutes[1]} |" in index


def places(text: str) -> list[str | None]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_hint_and_verdict_has_a_translation_with_the_same_places_that_does_not_tell_the_answer() -> None:
    known = catalogue("zh")
    texts = (told.OPEN, told.RIGHT, told.NEAR, told.OTHER_UNIT, told.NOT_YET, told.NOT_A_WORD, told.NOT_A_NUMBER)
    assert [places(known[text]) for text in texts] == [places(text) for text in texts]
    for each in exercises().values():
        assert re.search(r"[\u4e00-\u9fff]", known[each.hint]), each.key
        assert set(re.findall(r"\d+\.\d+|\d{3,}", known[each.hint])) <= set(re.findall(r"\d+\.\d+|\d{3,}", each.hint))


def test_a_check_speaks_chinese_when_asked_and_judges_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    right = ANSWERS["01.a"]()
    assert isinstance(right, int)
    for answer in (..., right, right + 1, right * 100, right + 1_000, "many"):
        check("01.a", answer, lang="zh")
    starts = ["未作答", "正确", "接近，但还不对", "接近：数字对了", "还不对。提示", "还不对。答案是一个数"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.startswith(f"01.a: {start}") for line, start in zip(lines, starts, strict=True)] == [True] * 6
    assert verdict("01.a", right).text == "right."
    with pytest.raises(ScenarioError, match="must be one of en, zh"):
        check("01.a", right, lang="de")
