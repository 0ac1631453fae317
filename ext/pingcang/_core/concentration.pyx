"""What a purchase may bring of one stock into an account (rules/concentration.py). Twin: reference.decisions.

Order of telling: the share that holds for an account, the room that it leaves.
"""

from libc.stdint cimport INT64_MAX, int64_t

from .book cimport Contract, Ledger, Tape, Value
from .exact cimport ONE, is_below, most, room_for_loan, room_for_own


cdef int64_t largest_share(Contract contract, int64_t assets, int64_t liabilities) noexcept nogil:
    """The share of the last row whose ratio the account reaches, of the first row below it."""
    cdef Py_ssize_t k = contract.limit_ratio.shape[0] - 1
    if k < 0:
        return ONE
    while k > 0 and is_below(assets, liabilities, contract.limit_ratio[k]):
        k -= 1
    return contract.limit_share[k]


cdef Room room_in(Ledger book, Tape tape, Contract contract, Value value, Py_ssize_t i, Py_ssize_t j) noexcept nogil:
    """Room for more of the stock that stands, or will stand, in slot j."""
    cdef Room room
    room.share = largest_share(contract, value.assets, value.liabilities)
    room.assets = value.assets
    room.held = most(0, <int64_t>book.lots[j, i] * tape.mark[book.stock[j, i]] * tape.lot_value)
    room.own = INT64_MAX if room.share == ONE else room_for_own(room.share, room.assets, room.held)
    return room


cdef int64_t loan_in(Room room, int64_t own) noexcept nogil:
    """The most that may be lent beside own cash."""
    return INT64_MAX if room.share == ONE else room_for_loan(room.share, room.assets, room.held, own)
