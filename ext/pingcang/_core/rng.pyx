"""Random numbers that need no stream: Philox4x32-10, counted by what a draw is for.

A key is (seed, run, purpose); the counter is (entity, day, session, draw). See pingcang.randomness for the purposes.
"""

import numpy as np

from libc.stdint cimport int64_t, uint32_t, uint64_t

from pingcang.randomness import NORMAL_BINS, normal_table

cdef int64_t BINS = NORMAL_BINS

TABLE = np.array(normal_table())
"""The tabulated inverse normal distribution function, NORMAL_BINS + 1 values."""


cdef double normal_of(double u, const double *table) noexcept nogil:
    """A standard normal number of a uniform one."""
    cdef double place = u * BINS
    cdef int64_t j = <int64_t>place
    return table[j] + (table[j + 1] - table[j]) * (place - j)


def philox_words(counter, key):
    """The four words of Philox4x32-10 for a counter of four and a key of two words; for the known-answer test."""
    cdef uint32_t words[4]
    for j in range(4):
        words[j] = counter[j]
    philox(words, key[0], key[1])
    return tuple(words[j] for j in range(4))


def run_key(uint64_t seed, uint32_t run, uint32_t purpose):
    """The key of one purpose in one run, as a 64-bit integer."""
    return key_of(seed, run, purpose)


def uniforms(uint64_t key, uint32_t first, int64_t count, uint32_t day, uint32_t session, uint32_t draw):
    """Uniform numbers in [0, 1) of the entities first … first + count − 1, float64."""
    out = np.empty(count)
    cdef double[::1] u = out  # OUT
    cdef int64_t i
    with nogil:
        for i in range(count):
            u[i] = uniform_at(key, first + <uint32_t>i, day, session, draw)
    return out


def normals(uint64_t key, uint32_t first, int64_t count, uint32_t day, uint32_t session, uint32_t draw):
    """Standard normal numbers of the same entities, float64."""
    out = uniforms(key, first, count, day, session, draw)
    cdef double[::1] z = out  # IN and OUT
    cdef const double[::1] table = TABLE
    cdef int64_t i
    with nogil:
        for i in range(count):
            z[i] = normal_of(z[i], &table[0])
    return out
