"""How an account stands to a line: by its maintenance ratio, or by equity against required margin.

Twin: pingcang.reference.standing. One question, two systems; a contract without a requirement pays one comparison.
"""

from libc.stdint cimport int64_t

from .book cimport Contract, Ledger, Value
from .exact cimport distance_to_call, excess_over, is_below, missing_to, most, sale_to_restore
from .requirement cimport (
    distance_under_requirement,
    falls_short,
    largest_loan_above,
    mended_by,
    requirement,
    room_for,
    trade_to_restore,
)


cdef inline int64_t required_of(Contract contract, Value value) noexcept nogil:
    return requirement(value.long, value.short, contract.long_requirement, contract.short_requirement)


cdef inline bint below(Contract contract, Value value, int64_t line) noexcept nogil:
    """Whether the account is below a line; one that owes nothing never is."""
    if contract.long_requirement == 0:
        return is_below(value.assets, value.liabilities, line)
    return value.liabilities > 0 and falls_short(
        value.assets - value.liabilities, required_of(contract, value), line
    )


cdef inline int64_t missing(Contract contract, Value value, int64_t line) noexcept nogil:
    """Cash that brings the account up to a line."""
    if contract.long_requirement == 0:
        return missing_to(value.assets, value.liabilities, line)
    return missing_to(value.assets - value.liabilities, required_of(contract, value), line)


cdef inline int64_t excess(Contract contract, Value value, int64_t line) noexcept nogil:
    """Cash that can leave above a line."""
    if contract.long_requirement == 0:
        return excess_over(value.assets, value.liabilities, line)
    return excess_over(value.assets - value.liabilities, required_of(contract, value), line)


cdef inline double distance(Contract contract, Value value, int64_t line, double sigma) noexcept nogil:
    """Distance to margin call."""
    if contract.long_requirement == 0:
        return distance_to_call(value.assets, value.liabilities, line, value.long, value.short, sigma)
    return distance_under_requirement(
        value.assets - value.liabilities, required_of(contract, value), line, value.long, value.short,
        contract.long_requirement, contract.short_requirement, sigma,
    )


cdef inline int64_t mended_by_sale(Contract contract) noexcept nogil:
    return mended_by(contract.restore_line, contract.long_requirement, contract.commission + contract.stamp_duty)


cdef inline int64_t mended_by_cover(Contract contract) noexcept nogil:
    return mended_by(contract.restore_line, contract.short_requirement, contract.commission)


cdef inline int64_t to_restore(Contract contract, Value value) noexcept nogil:
    """The sale that restores the account, -1 for everything; what it mends may be covers instead."""
    cdef int64_t equity = value.assets - value.liabilities
    if contract.long_requirement == 0:
        return sale_to_restore(
            value.assets, value.liabilities, contract.restore_line, contract.commission + contract.stamp_duty
        )
    if equity <= 0 or mended_by_sale(contract) <= 0 or mended_by_cover(contract) <= 0:
        return -1
    return trade_to_restore(equity, required_of(contract, value), contract.restore_line, mended_by_sale(contract))


cdef inline bint lends_nothing(Contract contract, Value value) noexcept nogil:
    """Below the warning line, or below the least equity of a margin account."""
    return below(contract, value, contract.warning_line) or (
        contract.long_requirement > 0 and value.assets - value.liabilities < contract.minimum_equity
    )


cdef inline int64_t lending_line(Ledger book, Contract contract, Py_ssize_t i) noexcept nogil:
    """The line to which new loans and short sales may lead."""
    return most(contract.warning_line, book.own_line[i] if book.own_line[i] else contract.close_out_line)


cdef inline int64_t largest_loan_to(
    Contract contract, Value value, int64_t line, int64_t own
) noexcept nogil:
    """The largest loan beside own cash of a purchase that does not lead below a line."""
    if contract.long_requirement == 0:
        return largest_loan_above(value.assets, value.liabilities, own, line, contract.commission)
    return most(0, room_for(
        value.assets - value.liabilities, required_of(contract, value), line, contract.long_requirement,
        contract.commission,
    ) - own)


cdef inline int64_t largest_short_sale_to(Contract contract, Value value, int64_t line) noexcept nogil:
    """The largest short sale that does not lead below a line."""
    cdef int64_t costs = contract.commission + contract.stamp_duty
    if contract.long_requirement == 0:
        return largest_loan_above(value.assets, value.liabilities, 0, line, costs)
    return room_for(
        value.assets - value.liabilities, required_of(contract, value), line, contract.short_requirement, costs
    )
