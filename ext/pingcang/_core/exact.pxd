"""C face of exact.h."""

from libc.stdint cimport int64_t

cdef extern from "exact.h" nogil:
    const int64_t ONE "PC_ONE"
    int64_t floor_div "pc_floor_div"(int64_t a, int64_t b)
    int64_t ceil_div "pc_ceil_div"(int64_t a, int64_t b)
    int64_t mul_div "pc_mul_div"(int64_t a, int64_t b, int64_t c)
    int64_t mul_div_up "pc_mul_div_up"(int64_t a, int64_t b, int64_t c)
    int64_t fill_of "pc_fill"(int64_t quantity, int64_t total, int64_t before, int64_t order, int64_t phase)
    int64_t least "pc_min"(int64_t a, int64_t b)
    int64_t most "pc_max"(int64_t a, int64_t b)
    int64_t ceiling "pc_ceiling"(int64_t last, int64_t high)
    double growth "pc_growth"(double x)
    double inverse_growth "pc_inverse_growth"(double factor)
    double interpolate "pc_interpolate"(const double *xs, const double *ys, int64_t n, double x)
    bint is_below "pc_is_below"(int64_t assets, int64_t liabilities, int64_t line)
    int64_t missing_to "pc_missing_to"(int64_t assets, int64_t liabilities, int64_t line)
    int64_t excess_over "pc_excess_over"(int64_t assets, int64_t liabilities, int64_t line)
    double distance_to_call "pc_distance"(
        int64_t assets, int64_t liabilities, int64_t line, int64_t held_long, int64_t held_short, double sigma
    )
    int64_t sale_to_restore "pc_sale_to_restore"(int64_t assets, int64_t liabilities, int64_t restore, int64_t costs)
    int64_t room_for_own "pc_room_for_own"(int64_t share, int64_t assets, int64_t held)
    int64_t room_for_loan "pc_room_for_loan"(int64_t share, int64_t assets, int64_t held, int64_t own)
    int64_t accrue "pc_accrue"(
        int64_t debt, int64_t rate, int64_t sold_short, int64_t fee, int64_t days, int64_t *remainder
    )
    double impact_factor "pc_impact_factor"(double flow, double before, double depth, bint square_root)
    double impact_move "pc_impact_move"(double flow, double before, double depth, bint square_root)
    double flow_to "pc_flow_to"(double price, double reference, double before, double depth, bint square_root)
