/* Accounts judged by required margin, and Regulation T; the twin of sim/pingcang/rules/requirement.py, of
   rules/regulation_t.py and of distance_under_requirement in rules/distance_to_call.py.

   Money in fen, rates and lines in basis points; equity may be negative. Products go through 128 bits. */

#ifndef PINGCANG_REQUIREMENT_H
#define PINGCANG_REQUIREMENT_H

#include "exact.h"

#define PC_UNLIMITED ((int64_t)1 << 62)

static inline pc_wide pc_wide_ceil_div(pc_wide a, pc_wide b) { return -pc_wide_floor_div(-a, b); }
static inline int64_t pc_limited(pc_wide x) { return x < PC_UNLIMITED ? (int64_t)x : PC_UNLIMITED; }

static inline int64_t pc_requirement(int64_t held_long, int64_t held_short, int64_t long_rate, int64_t short_rate) {
    return (int64_t)pc_wide_ceil_div((pc_wide)held_long * long_rate + (pc_wide)held_short * short_rate, PC_ONE);
}

static inline int pc_falls_short(int64_t equity, int64_t required, int64_t line) {
    return pc_above(equity, required, line) < 0;
}

static inline int64_t pc_mended_by(int64_t restore, int64_t rate, int64_t costs) {
    return restore * rate - costs * PC_ONE;
}

static inline int64_t pc_trade_to_restore(int64_t equity, int64_t required, int64_t restore, int64_t mended) {
    pc_wide missing = -pc_above(equity, required, restore);
    return missing > 0 ? pc_limited(pc_wide_ceil_div(missing * PC_ONE, mended)) : 0;
}

static inline int64_t pc_instead(int64_t amount, int64_t mended, int64_t mended_instead) {
    return pc_limited(pc_wide_ceil_div((pc_wide)amount * mended, mended_instead));
}

static inline int64_t pc_room_for(int64_t equity, int64_t required, int64_t line, int64_t rate, int64_t costs) {
    pc_wide room = pc_above(equity, required, line) - line - 2 * PC_ONE;
    return room > 0 ? pc_limited(pc_wide_floor_div(room * PC_ONE, line * rate + costs * PC_ONE)) : 0;
}

static inline int64_t pc_largest_loan_above(
    int64_t assets, int64_t liabilities, int64_t own, int64_t line, int64_t costs) {
    pc_wide room = pc_above(assets, liabilities, line) - (pc_wide)costs * own - 2 * PC_ONE;
    int64_t each = line - PC_ONE + costs;
    if (room <= 0) return 0;
    return each > 0 ? pc_limited(pc_wide_floor_div(room, each)) : PC_UNLIMITED;
}

static inline double pc_distance_under_requirement(
    int64_t equity, int64_t required, int64_t line, int64_t held_long, int64_t held_short, int64_t long_rate,
    int64_t short_rate, double sigma) {
    const int64_t whole = (int64_t)PC_ONE * PC_ONE;
    double room = (double)(pc_above(equity, required, line) * PC_ONE);
    pc_wide risky = (pc_wide)held_long * (whole - line * long_rate) + (pc_wide)held_short * (whole + line * short_rate);
    return room / (sigma * (double)(risky > 1 ? risky : 1));
}

#endif
