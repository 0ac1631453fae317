"""C face of requirement.h."""

from libc.stdint cimport int64_t

cdef extern from "requirement.h" nogil:
    int64_t requirement "pc_requirement"(int64_t held_long, int64_t held_short, int64_t long_rate, int64_t short_rate)
    bint falls_short "pc_falls_short"(int64_t equity, int64_t required, int64_t line)
    int64_t mended_by "pc_mended_by"(int64_t restore, int64_t rate, int64_t costs)
    int64_t trade_to_restore "pc_trade_to_restore"(int64_t equity, int64_t required, int64_t restore, int64_t mended)
    int64_t instead "pc_instead"(int64_t amount, int64_t mended, int64_t mended_instead)
    int64_t room_for "pc_room_for"(int64_t equity, int64_t required, int64_t line, int64_t rate, int64_t costs)
    int64_t largest_loan_above "pc_largest_loan_above"(
        int64_t assets, int64_t liabilities, int64_t own, int64_t line, int64_t costs
    )
    double distance_under_requirement "pc_distance_under_requirement"(
        int64_t equity, int64_t required, int64_t line, int64_t held_long, int64_t held_short, int64_t long_rate,
        int64_t short_rate, double sigma
    )
