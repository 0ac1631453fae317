"""The tutorials run, as pages and as notebooks, say what is true, and know the right answers to their exercises."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import pytest

from pingcang import MarginMarket
from pingcang.course import check, plain_market, verdict
from pingcang.course.exercises import digest, exercise, exercises
from pingcang.course.verdicts import round_to
from tutorials.answers import ABSORPTION, ANSWERS
from tutorials.pages import FOLDER, PAGES, asked, cells, run_cells

SECONDS = 300
"""All tutorials together, of processor time (issue: under five minutes); each may have its share."""
WORDS_A_MINUTE = 200


@pytest.fixture(autouse=True)
def quiet_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("Agg")


def assert_right(key: str, answer: float | str) -> None:
    """The computed answer is the hidden one; a wrong digest is told with the one that belongs there."""
    step = exercise(key).step
    content = str(answer) if step is None else str(round_to(step, float(answer)))
    assert exercise(key).digest == digest(key, content), (
        f"exercises.yaml: {key}: the digest of {answer} is not this one"
    )
    assert verdict(key, answer).outcome == "right"
    assert content not in re.findall(r"[\w.]+", exercise(key).hint), f"{key}: the hint tells the answer"


def assert_wrong_ones_fail(key: str, answer: float | str) -> None:
    """Far off: not yet. Next to it: near, unless the exercise allows the slack. Never with the answer in the text."""
    asked_for = exercise(key)
    if asked_for.step is None:
        assert verdict(key, "something else").outcome == "not yet"
        return
    value = round_to(asked_for.step, float(answer)) * asked_for.step
    far = value + (asked_for.near + 2) * asked_for.step + 1_234_567.0
    assert verdict(key, far).outcome == "not yet"
    for sign in (-1, 1):
        beside = verdict(key, value + sign * (asked_for.slack + 1) * asked_for.step)
        assert beside.outcome == "near" and f"{value:g}" not in beside.text.split(".")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_runs_in_its_share_of_time_and_its_exercises_know_their_answers(page: Path) -> None:
    begun, answered, figures = time.process_time(), 0.0, 0
    for key, _ in run_cells(page):
        if key is not None:
            since = time.process_time()
            answer = ANSWERS[key]()
            assert_right(key, answer)
            assert_wrong_ones_fail(key, answer)
            answered += time.process_time() - since
        figures = max(figures, len(plt.get_fignums()))
    plt.close("all")
    assert figures >= 1, "a tutorial has at least one figure"
    assert time.process_time() - begun - answered < SECONDS / len(PAGES)


def test_there_are_eight_tutorials_with_three_exercises_each_and_no_others() -> None:
    assert len(PAGES) == 8
    assert [asked(page) for page in PAGES] == [[f"{n:02}.{x}" for x in "abc"] for n in range(1, 9)]
    assert list(exercises()) == list(ANSWERS) == [key for page in PAGES for key in asked(page)]


def test_a_check_tells_right_from_near_and_from_wrong_and_never_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    right = ANSWERS["01.a"]()
    assert isinstance(right, int)
    for answer in (..., right, right + 1, right * 100, right + 1_000, "many", float("nan"), True, None):
        check("01.a", answer)
    told = capsys.readouterr().out.splitlines()
    starts = [
        "open.",
        "right.",
        "near, but",
        "near: the digits",
        "not yet. Hint:",
        *4 * ["not yet. The answer is one number"],
    ]
    assert [line.startswith(f"01.a: {start}") for line, start in zip(told, starts, strict=True)] == [True] * 9
    assert not any(str(right) in line for line in told)


def test_a_word_may_be_written_large_and_with_spaces_and_a_number_is_no_word() -> None:
    word = str(ANSWERS["06.c"]())
    assert verdict("06.c", f"  {word.upper()} ").outcome == "right"
    assert "found 7" in verdict("06.c", 7).text


def test_an_exercise_that_does_not_exist_is_refused_with_those_that_do() -> None:
    from pingcang.errors import ScenarioError

    with pytest.raises(ScenarioError, match=r"found exercise '09\.z', must be one of 01\.a, .*08\.c"):
        check("09.z", 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_becomes_a_notebook_with_the_same_cells(page: Path) -> None:
    notebook = jupytext.read(page)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == [cell.rstrip("\n") for cell in cells(page)]
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_tutorial_runs_as_a_notebook(tmp_path: Path) -> None:
    """In a process of its own: a kernel is started by libraries whose warnings are not ours."""
    program = (
        "import sys, jupytext; from nbclient import NotebookClient\n"
        "notebook = jupytext.read(sys.argv[1]); NotebookClient(notebook, timeout=120).execute()\n"
        "shown = [o for c in notebook.cells if c.cell_type == 'code' for o in c.outputs]\n"
        "print(sum('image/png' in o.get('data', {}) for o in shown))\n"
        "print(*(o.text for o in shown if o.output_type == 'stream'))"
    )
    call = [sys.executable, "-c", program, str(FOLDER / "02_two_accounts_one_stock.md")]
    outcome = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("1\n")
    assert "amplification 1.675" in outcome.stdout and "02.c: open." in outcome.stdout


def test_the_list_of_tutorials_names_each_with_its_title_and_time() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        title, minutes = re.search(r"^# \d\. (.*)$", text, re.M), re.search(r"^\*(\d+) minutes\.", text, re.M)
        assert title is not None and minutes is not None
        assert f"[{title[1]}]({page.name}) | {minutes[1]} |" in index


def test_a_newcomer_reaches_a_crash_plot_in_under_five_minutes_of_reading() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    before, command, _ = index.partition("pingcang run china_2015 --plot")
    assert command and "pip install" in before
    assert len(before.split()) < 5 * WORDS_A_MINUTE


def end_of_the_spiral(paid_at_the_new_price: bool) -> float:
    """The ten lines of tutorial 2; sales are paid at the price that they meet, or at the one that they make (yuan)."""
    price, depth, shares, debt, forced = 8.00, 100_000, [10_000.0, 20_000.0], [62_000.0, 122_000.0], [False, False]
    for _ in range(12):
        forced = [f or n * price < 1.30 * owed for f, n, owed in zip(forced, shares, debt, strict=True)]
        needs = [max(0.0, (1.5 * owed - n * price) / 0.5) * f for f, n, owed in zip(forced, shares, debt, strict=True)]
        sold = [need / price for need in needs]
        new = price / (1 + sum(sold) / depth)
        paid = new if paid_at_the_new_price else price
        shares = [n - x for n, x in zip(shares, sold, strict=True)]
        debt = [owed - x * paid for owed, x in zip(debt, sold, strict=True)]
        price = new
    return price


def test_the_market_goes_deeper_than_the_ten_lines_since_a_seller_gets_the_price_that_he_makes() -> None:
    """Tutorial 2: 6.90 by the ten lines, 6.65 in the market; what is left is whole lots, whole fen and the window."""
    assert end_of_the_spiral(paid_at_the_new_price=False) == pytest.approx(6.90, abs=0.005)
    assert end_of_the_spiral(paid_at_the_new_price=True) == pytest.approx(6.65, abs=0.01)


def test_sizes_of_markets_that_the_prose_tells() -> None:
    """Depths of the toys in lots; stocks, marginable stocks and the balance over float of 2015 and 2025."""
    for name, depth in (("one_account", 2_307_692), ("two_accounts_one_stock", 1_000)):
        market = plain_market(name)
        assert int(market.stocks[0].turnover / market.days[1].impact.depth) == depth
    for name, stocks, share in (("china_2015", 2_780, 0.039), ("china_2025", 5_400, 0.023)):
        whole = MarginMarket(name, scale=0.001)
        assert len(whole.listing) == stocks
        assert whole.financing_balance / whole.float_cap_start == pytest.approx(share, abs=0.0005)
    assert int(whole.listing.marginable.sum()) == 4_150


def test_the_laboratory_says_two_to_three_points_of_price_limits_and_less_than_one_of_margin_rules() -> None:
    laboratory = (ABSORPTION.parent / "rule_laboratory.md").read_text(encoding="utf-8")
    limits = re.findall(r"^- \*\*No price limits\*\*: drawdown \+(\d\.\d+)", laboratory, re.M)
    assert sorted(round(float(points)) for points in limits) == [2, 3]
    readme = (ABSORPTION.parents[1] / "README.md").read_text(encoding="utf-8")
    assert "move the depth of the\nfall by less than one point" in readme


def quoted_rows(page: str) -> list[list[str]]:
    """The rows of the Markdown tables of a tutorial, without heads and rules."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)]
    heads = {k - 1 for k, row in enumerate(rows) if set(row[0]) == {"-"}}
    return [row for k, row in enumerate(rows) if k not in heads and k - 1 not in heads]


def test_numbers_quoted_of_the_validation_stand_there() -> None:
    page = (ABSORPTION.parent / "validation.md").read_text(encoding="utf-8").replace("%", " %").replace("  %", " %")
    titles = {"index": "Index, 12", "trough": "Trough", "financing": "Financing balance, 18", "largest": "Largest"}
    for title, real, median, verdict_told in quoted_rows("05_2015.md"):
        wanted = next(start for word, start in titles.items() if title.startswith(word))
        row = next(line for line in page.splitlines() if re.match(rf"\| \d+ \| {wanted}", line))
        found = [cell.strip() for cell in row.strip("|").split("|")]
        assert [found[2], found[4], found[-1]] == [real, median, verdict_told]
    assert "15 of 18 rows in their bands" in page and "about 1.7" in page


def test_numbers_quoted_of_the_full_study_stand_there() -> None:
    text = ABSORPTION.read_text(encoding="utf-8")
    cell_of = {"2025, shadow finance of 2015": "--S", "2025; breadth, leverage and shadow finance of 2015": "BLS"}
    for market, *numbers in quoted_rows("06_2025.md"):
        name = cell_of.get(market, market)
        rows = [[c.strip() for c in r.strip("|").split("|")] for r in re.findall(rf"^\| {name} \|.*$", text, re.M)]
        prices, money = rows[0], rows[1]
        found = [prices[2], prices[4], prices[5], money[5]]
        assert [number.split(" ")[0] for number in found] == numbers, market
    assert [f"; +{share} [" in text for share in (56, 32, 12)] == [True] * 3
