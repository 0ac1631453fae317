"""How old the loans of a cohort are at the start."""

from __future__ import annotations

import numpy as np

from pingcang._core.rng import uniforms
from pingcang.accounts.book import AccountBook
from pingcang.market.securities import curve
from pingcang.randomness import ENTITIES_PER_COHORT, Purpose
from pingcang.scenario.schema import Cohort


def draw_loan_ages(book: AccountBook, cohort: Cohort, keys: dict[Purpose, int]) -> None:
    """Date the loans of long positions back by ages drawn from `loan_age`, whole days; without it all are new."""
    if cohort.loan_age is None:
        return
    for j in range(book.slots):
        u = uniforms(keys[Purpose.LOAN_AGE], book.code * ENTITIES_PER_COHORT, len(book), 0, 0, j)
        age = np.floor(curve(cohort.loan_age, u)).astype(np.int32)
        book.opened[j] = np.where((book.loan[j] > 0) & (book.lots[j] > 0), -age, 0)
