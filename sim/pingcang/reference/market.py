"""The whole day in plain Python, one Mesa agent an account: the executable specification of `MarginMarket`.

Read `step` first; it is the design's trading day. Slow on purpose: nothing here is clever.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate

from pingcang.accounts.initial import InitialState
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import LARGEST_TOTAL_WEIGHT, clip
from pingcang.errors import BooksError
from pingcang.market.day import SMALLEST_SIGMA, Day, ImpactToday, news_share
from pingcang.market.securities import HALTED_AT_START, HALTED_BY_ORDER, HALTED_ON_REQUEST, TRADED
from pingcang.randomness import ENTITIES_PER_COHORT, Purpose
from pingcang.reference.account import Account
from pingcang.reference.auction import PortfolioOrder
from pingcang.reference.fund import Fund, NationalTeam
from pingcang.reference.holding import Order, Slot
from pingcang.reference.levers import Levers
from pingcang.reference.pacing import paced
from pingcang.reference.philox import normal, run_key, uniform
from pingcang.reference.stock import Stock
from pingcang.rules.price_limit import NO_LIMIT

MEMORY = 0.05
"""Weight of the last day in a stock's and a sector's EWMA return (about twenty days)."""


class ReferenceMarket(Levers):
    """A market of few accounts and stocks, told plainly."""

    def __init__(self, initial: InitialState, *, seed: int, run: int) -> None:
        super().__init__(rng=0)
        self.initial = initial
        self.seed, self.run_number = seed, run
        self.days: list[Day] = initial.days
        self.lot_value = initial.listing.lot_value
        self.day = self.session = 0
        self.breaker_level = self.reopens = self.sessions_halted = 0
        self.closes = [1.0]
        self.stocks = [self._stock(s) for s in range(len(initial.listing))]
        self.cohorts = {name: self._accounts(name) for name in initial.books}
        self.funds = [
            Fund(self, f, initial.fund_rules, [int(x) for x in row], int(cash))
            for f, (row, cash) in enumerate(zip(initial.fund_lots, initial.fund_cash, strict=True))
            if initial.fund_rules is not None
        ]
        self.team = NationalTeam(self, [float(x) for x in initial.team_tilt])
        self.rest_cash = self.lender = self.exchequer = self.outside = self.lender_loss = 0
        self.claims = sum(account.debt + account.interest for account in self.accounts())
        self.return_today = self.last_session_return = self.trend = 0.0
        self.memory = dict.fromkeys(self.cohorts, 0.0)
        self.appetite = dict.fromkeys(self.cohorts, 0.0)
        self.heat = [0.0] * len(initial.listing.sectors)
        self.dmc_variance = initial.dmc_volatility * initial.dmc_volatility
        self.up_days = self.halts_today = 0
        self.counts: dict[tuple[str, str], int] = defaultdict(int)
        self.weights: dict[str, list[int]] = {}
        self.terms: dict[str, Terms] = self.days[0].terms
        for fund in self.funds:
            fund.last_assets = fund.cash + fund.worth()
        for market_return in self.initial.loaded.scenario.calendar.past_returns:
            self.remember_market(self.days[0].impact, market_return)
        self.total_cash = self.all_cash()

    # ---- the day ----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One trading day."""
        self.day += 1
        today = self.days[self.day]
        self.open(today)
        for session in range(today.impact.sessions):
            self.session = session
            if session < self.reopens:
                self.pause(today)
            else:
                self.trade(today, session)
            for account in self.accounts():
                account.check()
                account.check_call()
            self.audit_books()
            self.watch_index(today)
        self.session = 0
        self.close(today)
        self.audit_books()

    def trade(self, today: Day, session: int) -> None:
        """Orders, news, prices."""
        orders, portfolios = self.decide(today, session)
        self.drift(today, session)
        self.clear(today, orders, portfolios)
        self.watch_falls(today)

    def open(self, today: Day) -> None:
        """Events, halts and resumptions, bands, T+1, calls, and the moments drawn for today."""
        self.session = 0
        self.counts.clear()
        self.lender_loss = 0
        self.breaker_level = self.reopens = self.sessions_halted = 0
        self.terms = self.terms_of(today)
        self.return_today = 0.0
        self.halt_and_resume(today)
        self.take_rules_of_stocks(today)
        for stock in self.stocks:
            stock.open_day(today.price_limits, today.impact)
        self.set_marks(today)
        self.weights = {name: self.attention(name) for name in self.cohorts}
        for name, accounts in self.cohorts.items():
            self.count(name, "forced_accounts", sum(account.state == 2 for account in accounts))
            for account in accounts:
                account.open_day(self.day, today.impact.sessions)
            for account in accounts:
                account.withdraw_credit(today.credit_withdrawal.get(name, 0.0))
        for fund in self.funds:
            fund.open_day(today.impact.sessions)
        self.team.open_day(today.rescue)

    def halt_and_resume(self, today: Day) -> None:
        """Yesterday's requests stop trading; halted stocks come back by their hazards, then by order."""
        index = self.index_value()
        self.halts_today = 0
        for stock in self.stocks:
            if stock.halt_requested:
                stock.halt_requested = False
                stock.suspended = HALTED_ON_REQUEST
                stock.suspended_at_index = index
                self.halts_today += 1
            elif self.comes_back(stock, today):
                stock.suspended = TRADED
        for s in today.suspend:
            if not self.stocks[s].suspended:
                self.stocks[s].suspended_at_index = index
            self.stocks[s].suspended = HALTED_BY_ORDER
        for s in today.resume:
            self.stocks[s].suspended = TRADED

    def comes_back(self, stock: Stock, today: Day) -> bool:
        """Whether a halted stock trades again today."""
        impact = today.impact
        if stock.suspended == HALTED_AT_START:
            return self.uniform(Purpose.RESUME, stock.index) < impact.initial_resume_hazard
        if stock.suspended == HALTED_ON_REQUEST and self.up_days >= impact.resume_after_up_days:
            return self.uniform(Purpose.RESUME, stock.index) < impact.resume_hazard
        return False

    def set_marks(self, today: Day) -> None:
        """The price at which each stock counts in an account."""
        index = self.index_value()
        for stock in self.stocks:
            stock.mark = stock.price
            if stock.suspended and today.index_adjusted:
                ticks = math.floor(float(stock.price) * (index / stock.suspended_at_index) + 0.5)
                stock.mark = max(1, min(NO_LIMIT, ticks))

    def decide(self, today: Day, session: int) -> tuple[list[Order], list[PortfolioOrder]]:
        """Everybody's orders: accounts in order of cohort and number, then funds, then the national team."""
        for name, terms in self.terms.items():
            raw = terms.appetite_base + terms.appetite_today * self.return_today
            self.appetite[name] = clip(raw + terms.appetite_memory * self.memory[name], 0.0, terms.appetite_cap)
        orders = [order for account in self.accounts() for order in account.decide(session)]
        if today.forced_share is not None:
            orders = paced(orders, today.forced_share, self, today.impact.sessions)
        portfolios: list[PortfolioOrder] = []
        for fund in self.funds:
            if fund.session == session:
                portfolios += [(fund, *order) for order in fund.orders()]
        portfolios += [(self.team, *order) for order in self.team.orders(today.impact.sessions - session)]
        return orders, portfolios

    def drift(self, today: Day, session: int) -> None:
        """News, trend and herding move every reference price; real prices know them already."""
        if today.replay is not None:
            return
        impact = today.impact
        herding = impact.herding_down if self.last_session_return < 0.0 else impact.herding_up
        shock = normal(self.uniform(Purpose.MARKET_NEWS, 0))
        common = impact.trend * self.trend + herding * self.last_session_return + impact.market_volatility * shock
        share = news_share(impact, session)
        for stock in self.stocks:
            own = impact.stock_volatility * normal(self.uniform(Purpose.STOCK_NEWS, stock.index))
            stock.drift(common, float(today.news[stock.index]) * share, own, impact)

    def close(self, today: Day) -> None:
        """Calls, halt requests, memories."""
        for account in self.accounts():
            account.close_day(self.day)
        for fund in self.funds:
            fund.close_day()
        self.stop_crowded_stocks(today)
        self.request_halts(today)
        self.remember(today)
        self.closes.append(self.index_value() / self.initial.index_value)

    def stop_crowded_stocks(self, today: Day) -> None:
        """Margin buying in a stock stops at a share of its float that is financed, and resumes below another."""
        financed = [0] * len(self.stocks)
        for account in self.accounts():
            if account.terms.official:
                for slot in account.slots:
                    if slot.lots >= 0:
                        financed[slot.stock] += slot.loan
        for stock in self.stocks:
            cap = float(stock.float_lots * self.unit(stock.index))
            if float(financed[stock.index]) >= today.cap_stop * cap:
                stock.purchases_stopped = True
            elif float(financed[stock.index]) < today.cap_resume * cap:
                stock.purchases_stopped = False

    def request_halts(self, today: Day) -> None:
        """Companies that closed at limit-down ask for a halt by their hazard."""
        for stock in self.stocks:
            hazard = stock.halt_hazard(today.impact, self.halts_today, len(self.stocks))
            stock.halt_requested = hazard > 0.0 and self.uniform(Purpose.HALT, stock.index) < hazard

    def remember_market(self, impact: ImpactToday, market: float) -> None:
        """What a day's market return leaves in memories and trend."""
        self.trend = (1.0 - impact.trend_decay) * self.trend + impact.trend_decay * market
        for name, terms in self.terms.items():
            self.memory[name] = (1.0 - terms.appetite_decay) * self.memory[name] + market
        self.up_days = self.up_days + 1 if market > 0.0 else 0

    def remember(self, today: Day) -> None:
        """What agents know of the past: market return, volatility, momentum, heat."""
        self.remember_market(
            today.impact, self.market_return([stock.previous for stock in self.stocks], self.index_at_open)
        )
        squares, traded = 0.0, 0
        by_sector = [0.0] * len(self.heat)
        for stock in self.stocks:
            r = stock.price / stock.previous - 1.0
            squares += r * r
            traded += not stock.suspended
            by_sector[stock.sector] += r
            stock.momentum = (1.0 - MEMORY) * stock.momentum + MEMORY * r
            stock.peak = max(stock.peak, stock.price)
        if traded:
            decay = today.impact.dmc_decay
            self.dmc_variance = (1.0 - decay) * self.dmc_variance + decay * (squares / traded)
        sizes = [sum(stock.sector == k for stock in self.stocks) for k in range(len(self.heat))]
        self.heat = [
            (1.0 - MEMORY) * warmth + MEMORY * (total / max(size, 1))
            for warmth, total, size in zip(self.heat, by_sector, sizes, strict=True)
        ]

    # ---- what agents ask ---------------------------------------------------------------------------------------

    @property
    def sessions(self) -> int:
        """Sessions of a day."""
        return self.days[self.day].impact.sessions

    @property
    def sessions_so_far(self) -> int:
        """Sessions since day 0 that are over at the end of the current one."""
        return self.day * self.sessions + self.session + 1

    @property
    def dmc_volatility(self) -> float:
        """Daily standard deviation behind the distance to margin call."""
        return max(SMALLEST_SIGMA, math.sqrt(self.dmc_variance))

    @property
    def commission(self) -> int:
        """Basis points, today."""
        return self.days[self.day].commission

    @property
    def stamp_duty(self) -> int:
        """Basis points of a sale, today."""
        return self.days[self.day].stamp_duty

    @property
    def index_at_open(self) -> int:
        """Float-cap weighted sum of yesterday's closes (lots × ticks)."""
        return sum(stock.float_lots * stock.previous for stock in self.stocks)

    def mark_unit(self, stock: int) -> int:
        """Value of a lot at the valuation price (fen)."""
        return self.stocks[stock].mark * self.lot_value

    def uniform(self, purpose: Purpose, entity: int, draw: int = 0) -> float:
        """The draw of an entity for a purpose at this moment."""
        return uniform(run_key(self.seed, self.run_number, purpose), entity, self.day, self.session, draw)

    def choose(self, cohort: str, entity: int) -> int | None:
        """A stock drawn by the cohort's attention; None if there is nothing to look at."""
        edges = list(accumulate(self.weights[cohort]))
        if not edges or edges[-1] == 0:
            return None
        return bisect_right(edges, math.floor(self.uniform(Purpose.CHOOSE, entity) * float(edges[-1])))

    def attention(self, name: str) -> list[int]:
        """Integer weights: float cap · size tilt · momentum · sector heat · value; 0 where nothing can be bought."""
        terms, tilt = self.terms[name], self.initial.size_tilt[name]
        weights = []
        for stock in self.stocks:
            if stock.suspended or (terms.marginable_only and not stock.marginable):
                weights.append(0)
                continue
            weight = float(stock.float_lots * self.unit(stock.index)) / 100.0 * float(tilt[stock.index])
            weight = weight * max(0.0, 1.0 + terms.momentum * stock.momentum)
            weight = weight * max(0.0, 1.0 + terms.heat * self.heat[stock.sector])
            weight = weight * max(0.0, 1.0 + terms.value * (stock.fundamental / stock.price - 1.0))
            weights.append(math.floor(min(weight, float(LARGEST_TOTAL_WEIGHT // len(self.stocks)))))
        return weights

    def index_value(self) -> int:
        """Float-cap weighted sum of last prices (lots × ticks)."""
        return sum(stock.float_lots * stock.price for stock in self.stocks)

    def market_return(self, base: list[int], base_index: int) -> float:
        """Mean of the cap-weighted and the equal-weighted return since `base`."""
        cap = self.index_value() / base_index - 1.0
        total, traded = 0.0, 0
        for stock, was in zip(self.stocks, base, strict=True):
            total += stock.price / was - 1.0
            traded += not stock.suspended
        return 0.5 * (cap + (total / traded if traded else 0.0))

    def count(self, cohort: str, what: str, amount: int) -> None:
        """Add to one of today's figures of a cohort."""
        self.counts[cohort, what] += amount

    def accounts(self) -> list[Account]:
        """All accounts in the order of the queue."""
        return [account for accounts in self.cohorts.values() for account in accounts]

    # ---- the books --------------------------------------------------------------------------------------------

    def all_cash(self) -> int:
        """All money there is, wherever it lies (fen)."""
        accounts = sum(account.cash + account.frozen for account in self.accounts())
        funds = sum(fund.cash for fund in self.funds) + self.team.cash
        return accounts + funds + self.rest_cash + self.lender + self.exchequer + self.outside

    def audit_books(self) -> None:
        """Cash, debt and shares are conserved, without tolerance; BooksError otherwise."""
        if self.all_cash() != self.total_cash:
            raise BooksError(f"day {self.day}: cash changed by {self.all_cash() - self.total_cash} fen")
        owed = sum(account.debt + account.interest for account in self.accounts())
        if owed != self.claims:
            raise BooksError(f"day {self.day}: accounts owe {owed} fen, lenders claim {self.claims}")
        held = [stock.rest_lots + self.team.lots[stock.index] for stock in self.stocks]
        for portfolio in self.funds:
            held = [so_far + lots for so_far, lots in zip(held, portfolio.lots, strict=True)]
        for account in self.accounts():
            for slot in account.slots:
                held[slot.stock] += slot.lots
        for stock, lots in zip(self.stocks, held, strict=True):
            if lots != stock.float_lots:
                raise BooksError(f"day {self.day}: stock {stock.index}: {lots} lots, its float is {stock.float_lots}")

    # ---- the start --------------------------------------------------------------------------------------------

    def _stock(self, s: int) -> Stock:
        listing = self.initial.listing
        stock = Stock(
            index=s,
            board=int(listing.board[s]),
            sector=int(listing.sector[s]),
            price=int(listing.price[s]),
            price_limit=int(listing.price_limit[s]),
            st=bool(listing.st[s]),
            float_lots=int(listing.float_lots[s]),
            turnover=float(listing.turnover[s]),
            beta=float(listing.beta[s]),
            fundamental=float(listing.fundamental[s]),
            haircut=int(listing.haircut[s]),
            marginable=bool(listing.marginable[s]),
            float_cap=float(listing.float_cap[s]),
            suspended=int(listing.suspended[s]),
            rest_lots=int(self.initial.rest_lots[s]),
            lendable=int(self.initial.lendable[s]),
        )
        stock.suspended_at_index = self.initial.index_value
        return stock

    def _accounts(self, name: str) -> list[Account]:
        book = self.initial.books[name]
        columns = (book.stock, book.lots, book.loan, book.reserved, book.locked, book.opened)
        accounts = []
        for i in range(len(book)):
            slots = [Slot(*(int(column[j, i]) for column in columns)) for j in range(book.slots)]
            entity = book.code * ENTITIES_PER_COHORT + i
            account = Account(self, name, entity, int(book.cash[i]), slots, int(book.own_line[i]))
            account.pending_loan = int(book.pending_loan[i])
            account.pending_own = int(book.pending_own[i])
            account.wants = bool(book.wants[i])
            account.interest = int(book.interest[i])
            account.state, account.forced_on = int(book.state[i]), int(book.forced_on[i])
            accounts.append(account)
        return accounts
