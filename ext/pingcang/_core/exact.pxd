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
    double growth "pc_growth"(double x)
    double inverse_growth "pc_inverse_growth"(double factor)
    double interpolate "pc_interpolate"(const double *xs, const double *ys, int64_t n, double x)
    bint is_below "pc_is_below"(int64_t assets, int64_t liabilities, int64_t line)
    double impact_factor "pc_impact_factor"(double flow, double before, double depth, bint square_root)
    double impact_move "pc_impact_move"(double flow, double before, double depth, bint square_root)
    double flow_to "pc_flow_to"(double price, double reference, double before, double depth, bint square_root)
