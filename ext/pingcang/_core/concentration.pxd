"""C face of the limits of concentration."""

from libc.stdint cimport int64_t

from .book cimport Contract, Ledger, Tape, Value

cdef struct Room:
    int64_t share
    int64_t assets
    int64_t held
    int64_t own

cdef Room room_in(Ledger book, Tape tape, Contract contract, Value value, Py_ssize_t i, Py_ssize_t j) noexcept nogil
cdef int64_t loan_in(Room room, int64_t own) noexcept nogil
