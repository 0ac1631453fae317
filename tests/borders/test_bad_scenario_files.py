"""Files, parents, rule sets and settings that cannot be used: one line that says which, and what to do."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario

GOOD = """\
name: small
calendar: {start: 2015-06-12, days: 10}
securities:
  stocks:
    - {code: "600000", price: 10.00, float_shares: 100000}
cohorts:
  retail:
    kind: retail
    explicit:
      - cash: 100
"""


def problems_of(path: Path | str, *settings: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, settings=settings)
    assert str(caught.value).splitlines() == list(caught.value.problems), "a problem takes one line"
    return caught.value.problems


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": is empty; it needs at least a name"),
        (b"# nothing\n", ": is empty"),
        (b"- a\n", ":1: the top level is a list; a scenario is keys with values"),
        (b"hello\n", ":1: the top level is 'hello'"),
        (
            b"date,balance\n" * 99,
            f":1: the top level is '{'date,balance ' * 4}date,ba…'; a scenario is keys with values",
        ),
        (b"name: x\nnote: \xe9t\xe9\n", ":2: not UTF-8 (byte 0xe9); save the file as UTF-8"),
        ("name: x".encode("utf-16"), ":1: not UTF-8"),
        (b"name: a\x00b\n", ": not YAML: "),
        (
            b"kind: rules\nname: x\n",
            ":1: kind: found 'rules', a scenario has kind: scenario; a rule set is used as",
        ),
        (b"kind: scenari\nname: x\n", ":1: kind: found 'scenari'"),
        (b"#" * 5_000_001, ": is larger than 5,000,000 bytes"),
    ],
)
def test_a_file_that_holds_no_scenario_says_what_it_holds(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    (problem,) = problems_of(path)
    assert problem.startswith(f"{path}{message}")


def test_a_bomb_of_aliases_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for above, below in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{above}: &{above} [{', '.join([f'*{below}'] * 9)}]")
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    (problem,) = problems_of(path)
    assert "more than 2000000 values, aliases written out" in problem


def test_a_missing_file_is_not_mistaken_for_a_name(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "china.yaml")
    assert problem == (
        f"{tmp_path}/china.yaml: no such file; check the path (ready-made ones are written without suffix)"
    )


def test_a_ready_made_name_with_a_suffix_is_told_to_drop_it(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "china_2015.yaml")
    assert problem.endswith("the ready-made scenario of this name is written without folder and suffix: china_2015")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    (problem,) = problems_of("china_2051")
    assert problem.startswith("'china_2051' is no ready-made scenario; did you mean china_20")
    assert "ready-made: china_2015" in problem


def test_a_folder_is_not_a_scenario(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == (f"{tmp_path}: is a folder; give a YAML file in it",)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (problem,) = problems_of(tmp_path / "pipe.yaml")
    assert "is not a regular file" in problem


def test_an_unreadable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    try:
        if os.access(path, os.R_OK):  # the superuser reads everything

            def refuse(*_: object) -> None:
                raise PermissionError(13, "Permission denied")

            monkeypatch.setattr(Path, "open", refuse)
        (problem,) = problems_of(path)
    finally:
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert problem == f"{path}: cannot be read (Permission denied); check the path and its rights"


@pytest.mark.parametrize("name", ["a\0b.yaml", "x" * 5000 + ".yaml", "a\nb.yaml"])
def test_an_impossible_path_is_one_line_too(name: str) -> None:
    assert len(problems_of(name)) == 1


def test_a_circle_of_parents_is_told_in_full(tmp_path: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nextends: {parent}.yaml\n", encoding="utf-8")
    (problem,) = problems_of(tmp_path / "a.yaml")
    chain = " -> ".join(str(tmp_path / f"{name}.yaml") for name in "abca")
    assert problem.startswith(f"{tmp_path}/c.yaml:2: extends: runs in a circle or beyond 100 files: {chain}")


def test_a_mistake_in_a_parent_is_reported_where_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(GOOD.replace("days: 10", "days: 0"), encoding="utf-8")
    (tmp_path / "child.yaml").write_text("extends: parent.yaml\nscale: 2\n", encoding="utf-8")
    problems = problems_of(tmp_path / "child.yaml")
    assert f"{tmp_path}/parent.yaml:2: calendar.days: found 0, must be at least 1" in problems
    assert f"{tmp_path}/child.yaml:2: scale: found 2, must be at most 1" in problems


def test_a_mistake_in_a_rule_set_is_reported_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("kind: rules\nname: mine\nclose_out_line: -1\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text(f"{GOOD}rules: mine.yaml\n", encoding="utf-8")
    assert problems_of(tmp_path / "a.yaml") == (
        f"{tmp_path}/mine.yaml:3: rules.close_out_line: found -1, must be at least 0",
    )


def test_a_scenario_is_no_rule_set(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text(f"{GOOD}rules: mine.yaml\n", encoding="utf-8")
    (problem,) = problems_of(tmp_path / "a.yaml")
    assert problem == f"{tmp_path}/mine.yaml:1: kind: is missing; a rule set begins with kind: rules"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "rules.close_out_lin=1.4",
            "--set rules.close_out_lin=1.4: rules.close_out_lin: unknown key; did you mean close_out_l",
        ),
        (
            "rules.close_out_line=x",
            "--set rules.close_out_line=x: rules.close_out_line: 'x' is text, not a number",
        ),
        (
            "rules.close_out_line=1.6",
            "--set rules.close_out_line=1.6: rules.close_out_line: 1.6 is above warning_line 1.5",
        ),
        ("rules=cn_1999", "--set rules=cn_1999: rules: 'cn_1999' is no ready-made rule set"),
        ("scale", "--set scale: not a setting; write path=value"),
        ("=1", "--set =1: not a setting"),
        ("a..b=1", "--set a..b=1: not a setting"),
        ("scale=[1", "--set scale=[1: scale: not YAML"),
        ("scale=!!python/none x", "--set scale=!!python/none x: scale: the tag"),
        (
            "events.0.note=x",
            "--set events.0.note=x: events.0.note: '0' is no item of the list; allowed: none",
        ),
        ("name.x=1", "--set name.x=1: name.x: name is 'small', which has no keys below it; set name itself"),
        ("cohorts.retail.explicit.5.cash=1", "'5' is no item of the list; allowed: 0 to 0"),
        ("rules.a\nb=1", "--set rules.a\\nb=1: rules.a\\nb: unknown key"),
        (".".join("a" * 100) + "=1", "not a setting; write path=value"),
    ],
)
def test_a_wrong_setting_is_named_instead_of_a_file(setting: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(f"{GOOD}events: []\n", encoding="utf-8")
    (problem,) = problems_of(path, setting)
    assert message in problem
    assert str(path) not in problem


def test_an_override_is_named_like_its_keyword(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^override rules__warning_lin: rules\.warning_lin: unknown"):
        load_scenario(path, overrides={"rules__warning_lin": 1.4})
