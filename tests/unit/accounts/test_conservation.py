"""A fen or a lot that appears from nowhere stops the run, and the message says where it lies."""

import pytest

from pingcang.accounts.conservation import Purses, all_cash, audit_books
from pingcang.accounts.initial import draw_initial_state
from pingcang.errors import BooksError
from pingcang.reference.market import ReferenceMarket
from twins.written import busy, cohort, engine, holding, loaded, quiet, stock


def started():
    market = engine(busy(), seed=1)
    market.step()
    audit_books(market)
    return market


def add(array, place, amount):
    array[place] += amount


TAMPERINGS = {
    "a fen more cash": (
        lambda m: add(m.populations[1].book.cash, 5, 1),
        r"account 5 of cohort shadow does not balance",
    ),
    "a fen less cash": (
        lambda m: add(m.populations[0].book.cash, 117, -1),
        r"account 117 of cohort retail does not balance",
    ),
    "a fen more frozen proceeds": (
        lambda m: add(m.populations[2].book.frozen, 2, 1),
        r"account 2 of cohort short_seller",
    ),
    "a fen less debt": (
        lambda m: add(m.populations[0].book.debt, 3, -1),
        r"account 3 of cohort retail does not balance",
    ),
    "a fen less of a loan": (lambda m: add(m.populations[0].book.loan, (0, 3), -1), r"account 3 of cohort retail"),
    "a fen of interest forgiven": (lambda m: add(m.populations[0].book.interest, 3, -1), r"account 3 of cohort retail"),
    "a lot more in an account": (
        lambda m: add(m.populations[0].book.lots, (0, 3), 1),
        r"stock S\d has \d+ lots in all hands, its float is",
    ),
    "a lot less with the rest": (
        lambda m: add(m.stocks.rest_lots, 4, -1),
        r"stock S4 has 3999\d lots in all hands, its float is 40000",
    ),
    "a lot more with a fund": (lambda m: add(m.funds[0].lots, 2, 1), r"stock S2 has \d+ lots in all hands"),
    "a lot more with the national team": (lambda m: add(m.national_team.lots, 0, 1), r"stock S0 has \d+ lots"),
    "a fen more with a fund": (
        lambda m: setattr(m.funds[1], "cash", m.funds[1].cash + 1),
        r"cash of all cohorts changed by 1 fen",
    ),
    "a fen less with the rest": (
        lambda m: setattr(m.purses, "rest", m.purses.rest - 1),
        r"cash of all cohorts changed by -1 fen",
    ),
    "a fen more tax": (
        lambda m: setattr(m.purses, "exchequer", m.purses.exchequer + 1),
        r"cash of all cohorts changed by 1 fen",
    ),
    "a fen more claimed": (
        lambda m: setattr(m.purses, "claims", m.purses.claims + 1),
        r"accounts owe \d+ fen, lenders claim \d+",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_tampering_is_noticed_and_the_account_or_stock_named(what):
    market = started()
    tamper, message = TAMPERINGS[what]
    tamper(market)
    with pytest.raises(BooksError, match=message) as caught:
        audit_books(market, every_account=True)
    assert str(caught.value).startswith("busy, run 0, day 1, session ")


@pytest.mark.parametrize("what", ["a fen more cash", "a lot less with the rest", "a fen more claimed"])
def test_a_tampering_stops_the_run_in_the_next_session(what):
    market = started()
    TAMPERINGS[what][0](market)
    with pytest.raises(BooksError, match="day 2, session 0"):
        market.step()


def test_two_wrongs_that_cancel_are_noticed_at_the_close_account_by_account():
    market = started()
    add(market.populations[0].book.cash, 7, 1)
    add(market.populations[0].book.cash, 9, -1)
    audit_books(market)
    with pytest.raises(BooksError, match="account 7 of cohort retail"):
        market.step()


def test_the_first_wrong_account_is_named_across_blocks_and_threads(monkeypatch):
    monkeypatch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", 10)
    market = engine(busy(), seed=1, threads=2)
    for number in (111, 42, 88):
        add(market.populations[0].book.cash, number, 1)
    with pytest.raises(BooksError, match="account 42 of cohort retail"):
        audit_books(market)


def test_the_reference_notices_the_same_tamperings():
    def reference():
        return ReferenceMarket(draw_initial_state(loaded(busy()), seed=1, run=0, scale=1.0), seed=1, run=0)

    for what, message in (
        ("cash", "cash changed by 1 fen"),
        ("lots", r"stock \d.* lots, its float is"),
        ("loan", "accounts owe"),
    ):
        market = reference()
        account = market.cohorts["retail"][3]
        holder = account if what == "cash" else next(slot for slot in account.slots if slot.lots and slot.loan)
        setattr(holder, what, getattr(holder, what) + 1)
        with pytest.raises(BooksError, match=message):
            market.audit_books()


def test_all_cash_is_the_sum_of_every_purse():
    market = engine(quiet([stock()], {"retail": cohort({"cash": 3, "positions": [holding("deep", 1)]})}), seed=0)
    assert all_cash(market) == 300
    market.purses.post({"lender": 5, "exchequer": 7, "outside": -2, "claims": 11, "lender_loss": 1})
    assert all_cash(market) == 310
    assert market.purses == Purses(lender=5, exchequer=7, outside=-2, claims=11, lender_loss=1)
