"""The cap on forced sales: brokers' forced orders in a stock, cut to what a session may take. Twin:
pingcang.reference.pacing; rules/liquidation_volume.py.

As in settlement each block knows what was ordered ahead of it, so that an order's part depends on neither threads nor
blocks. An order that is cut to nothing stays on the sheet with 0 lots and does nothing.

Order of telling: adding up, cutting, the loops over blocks.
"""

from cython.parallel cimport prange
from libc.math cimport floor
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from .book cimport FORCE, SELL, Ledger, Sheet, Tape
from .exact cimport fill_of
from .rng cimport uniform_at

cdef enum:
    DRAW = 3


cdef inline bint is_forced_sale(Sheet sheet, int64_t row) noexcept nogil:
    return sheet.side[row] == SELL and sheet.kind[row] == FORCE


cdef void add_block(Sheet sheet, int64_t[:, ::1] ordered, Py_ssize_t p) noexcept nogil:
    cdef int64_t row
    for row in range(sheet.starts[p], sheet.starts[p] + sheet.counts[p]):
        if is_forced_sale(sheet, row):
            ordered[p, sheet.stock[row]] += sheet.lots[row]


cdef void cut_block(
    Sheet sheet,
    Tape tape,
    const int64_t[::1] allowed,
    const int64_t[::1] ordered,
    int64_t[:, ::1] ahead,
    uint64_t key,
    Py_ssize_t p,
) noexcept nogil:
    cdef int64_t row, before, phase
    cdef int32_t s
    for row in range(sheet.starts[p], sheet.starts[p] + sheet.counts[p]):
        s = sheet.stock[row]
        if not is_forced_sale(sheet, row) or ordered[s] <= allowed[s]:
            continue
        before = ahead[p, s]
        ahead[p, s] = before + sheet.lots[row]
        phase = <int64_t>floor(uniform_at(key, <uint32_t>s, tape.day, tape.session, DRAW) * <double>ordered[s])
        sheet.lots[row] = <int32_t>fill_of(allowed[s], ordered[s], before, sheet.lots[row], phase)


# ---- the loops -------------------------------------------------------------------------------------------------

def add_forced_sales(Ledger book, Sheet sheet, int64_t[:, ::1] ordered, int threads):
    """Add a cohort's forced sales to `ordered` (blocks, stocks), lots; IN and OUT."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        add_block(sheet, ordered, p)


def cut_forced_sales(
    Ledger book,
    Tape tape,
    Sheet sheet,
    const int64_t[::1] allowed,  # (stocks) IN lots that may be ordered
    const int64_t[::1] ordered,  # (stocks) IN lots that brokers want to sell
    int64_t[:, ::1] ahead,       # (blocks, stocks) IN and OUT lots wanted ahead of each block
    uint64_t key,
    int threads,
):
    """Cut a cohort's forced sales to their exact share of what is allowed, where more is wanted."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        cut_block(sheet, tape, allowed, ordered, ahead, key, p)
