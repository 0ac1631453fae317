/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, section 3.3); twin of sim/pingcang/reference/philox.py. */

#ifndef PINGCANG_PHILOX_H
#define PINGCANG_PHILOX_H

#include <stdint.h>

static inline void pc_philox(uint32_t *counter, uint32_t k0, uint32_t k1) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t product_0 = (uint64_t)0xD2511F53u * c0;
        uint64_t product_1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    counter[0] = c0;
    counter[1] = c1;
    counter[2] = c2;
    counter[3] = c3;
}

/* A key is kept as first word << 32 | second word. */
static inline uint64_t pc_run_key(uint64_t seed, uint32_t run, uint32_t purpose) {
    uint32_t counter[4] = {run, purpose, 0, 0};
    pc_philox(counter, (uint32_t)seed, (uint32_t)(seed >> 32));
    return (uint64_t)counter[0] << 32 | counter[1];
}

static inline double pc_uniform(uint64_t key, uint32_t entity, uint32_t day, uint32_t session, uint32_t draw) {
    uint32_t counter[4] = {entity, day << 16 | session, draw, 0};
    pc_philox(counter, (uint32_t)(key >> 32), (uint32_t)key);
    return (double)(((uint64_t)counter[0] << 32 | counter[1]) >> 11) * 0x1p-53;
}

#endif
