/* Exact arithmetic of the kernels; the twin of sim/pingcang/arithmetic.py and of a few one-line rules.

   Integers are fen, ticks, lots and basis points in int64_t; products that may pass 64 bits go through 128.
   Divisors are positive. Floating point uses + - * / sqrt floor only, in the order of the Python twin. */

#ifndef PINGCANG_EXACT_H
#define PINGCANG_EXACT_H

#include <math.h>
#include <stdint.h>

#define PC_ONE 10000

typedef __int128 pc_wide;

static inline int64_t pc_floor_div(int64_t a, int64_t b) {
    int64_t q = a / b;
    return q - (a % b != 0 && a < 0);
}

static inline int64_t pc_ceil_div(int64_t a, int64_t b) { return -pc_floor_div(-a, b); }

static inline pc_wide pc_wide_floor_div(pc_wide a, pc_wide b) {
    pc_wide q = a / b;
    return q - (a % b != 0 && a < 0);
}

static inline int64_t pc_mul_div(int64_t a, int64_t b, int64_t c) {
    return (int64_t)pc_wide_floor_div((pc_wide)a * b, c);
}

static inline int64_t pc_mul_div_up(int64_t a, int64_t b, int64_t c) {
    return (int64_t)-pc_wide_floor_div(-((pc_wide)a * b), c);
}

/* rules/rationing.py */
static inline int64_t pc_fill(int64_t quantity, int64_t total, int64_t before, int64_t order, int64_t phase) {
    pc_wide upper = (pc_wide)quantity * (before + order) + phase;
    pc_wide lower = (pc_wide)quantity * before + phase;
    return (int64_t)(upper / total - lower / total);
}

static inline int64_t pc_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t pc_max(int64_t a, int64_t b) { return a > b ? a : b; }

/* rules/price_limit.py */
static inline int64_t pc_ceiling(int64_t last, int64_t high) { return pc_min(high, last + last / 5 + 1); }

static inline double pc_growth(double x) { return x >= 0.0 ? 1.0 + x : 1.0 / (1.0 - x); }

static inline double pc_inverse_growth(double factor) {
    return factor >= 1.0 ? factor - 1.0 : 1.0 - 1.0 / factor;
}

static inline double pc_interpolate(const double *xs, const double *ys, int64_t n, double x) {
    if (x <= xs[0]) return ys[0];
    for (int64_t j = 1; j < n; j++)
        if (x < xs[j]) return ys[j - 1] + (ys[j] - ys[j - 1]) * ((x - xs[j - 1]) / (xs[j] - xs[j - 1]));
    return ys[n - 1];
}

/* rules/maintenance_ratio.py; an account may be as large as int64, its products with a line may not fit. */
static inline pc_wide pc_above(int64_t assets, int64_t liabilities, int64_t line) {
    return (pc_wide)assets * PC_ONE - (pc_wide)line * liabilities;
}

static inline int pc_is_below(int64_t assets, int64_t liabilities, int64_t line) {
    return liabilities > 0 && pc_above(assets, liabilities, line) < 0;
}

static inline int64_t pc_missing_to(int64_t assets, int64_t liabilities, int64_t line) {
    pc_wide missing = -pc_wide_floor_div(pc_above(assets, liabilities, line), PC_ONE);
    return missing > 0 ? (int64_t)missing : 0;
}

static inline int64_t pc_excess_over(int64_t assets, int64_t liabilities, int64_t line) {
    pc_wide excess = pc_wide_floor_div(pc_above(assets, liabilities, line), PC_ONE);
    return excess > 0 ? (int64_t)excess : 0;
}

/* rules/distance_to_call.py */
static inline double pc_distance(
    int64_t assets, int64_t liabilities, int64_t line, int64_t held_long, int64_t held_short, double sigma) {
    double room = (double)pc_above(assets, liabilities, line);
    double risky = (double)((pc_wide)held_long * PC_ONE + (pc_wide)line * held_short);
    return room / (sigma * risky);
}

/* rules/forced_liquidation.py; -1 for everything */
static inline int64_t pc_sale_to_restore(int64_t assets, int64_t liabilities, int64_t restore, int64_t costs) {
    int64_t kept = PC_ONE - costs;
    int64_t mended = restore * kept - (int64_t)PC_ONE * PC_ONE;
    pc_wide missing = -pc_above(assets, liabilities, restore);
    pc_wide whole_debt, sale;
    if (assets <= liabilities || mended <= 0) return -1;
    if (missing <= 0) return 0;
    whole_debt = -pc_wide_floor_div(-(pc_wide)liabilities * PC_ONE, kept);
    sale = -pc_wide_floor_div(-missing * PC_ONE, mended);
    return (int64_t)(whole_debt < sale ? whole_debt : sale);
}

/* rules/concentration.py, for shares below 1 */
static inline int64_t pc_clipped(pc_wide room) { return room < 0 ? 0 : room > INT64_MAX ? INT64_MAX : (int64_t)room; }

static inline int64_t pc_room_for_own(int64_t share, int64_t assets, int64_t held) {
    return pc_clipped(pc_wide_floor_div((pc_wide)share * assets, PC_ONE) - held);
}

static inline int64_t pc_room_for_loan(int64_t share, int64_t assets, int64_t held, int64_t own) {
    pc_wide room = (pc_wide)share * assets - ((pc_wide)held + own) * PC_ONE;
    return pc_clipped(pc_wide_floor_div(room, PC_ONE - share));
}

/* rules/interest.py: interest due, and the remainder to carry */
static inline int64_t pc_accrue(
    int64_t debt, int64_t rate, int64_t sold_short, int64_t fee, int64_t days, int64_t *remainder) {
    pc_wide counted = ((pc_wide)debt * rate + (pc_wide)sold_short * fee) * days + *remainder;
    pc_wide due = pc_wide_floor_div(counted, (pc_wide)360 * PC_ONE);
    *remainder = (int64_t)(counted - due * 360 * PC_ONE);
    return (int64_t)due;
}

/* rules/price_impact.py */
static inline double pc_move(double flow, double depth, int square_root) {
    double share = flow / depth;
    if (!square_root) return share;
    return share >= 0.0 ? sqrt(share) : -sqrt(-share);
}

static inline double pc_impact_factor(double flow, double before, double depth, int square_root) {
    if (!square_root) return pc_growth(flow / depth);
    return pc_growth(pc_move(before + flow, depth, 1)) / pc_growth(pc_move(before, depth, 1));
}

static inline double pc_impact_move(double flow, double before, double depth, int square_root) {
    if (!square_root) return flow / depth;
    return pc_move(before + flow, depth, 1) - pc_move(before, depth, 1);
}

static inline double pc_flow_to(double price, double reference, double before, double depth, int square_root) {
    double factor = price / reference;
    double reach;
    if (!square_root) return pc_inverse_growth(factor) * depth;
    reach = pc_inverse_growth(factor * pc_growth(pc_move(before, depth, 1)));
    return (reach >= 0.0 ? reach * reach : -(reach * reach)) * depth - before;
}

#endif
