"""C face of the random numbers: a draw is a pure function of its name."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from "philox.h" nogil:
    uint64_t key_of "pc_run_key"(uint64_t seed, uint32_t run, uint32_t purpose)
    double uniform_at "pc_uniform"(uint64_t key, uint32_t entity, uint32_t day, uint32_t session, uint32_t draw)
    void philox "pc_philox"(uint32_t *counter, uint32_t k0, uint32_t k1)

cdef double normal_of(double u, const double *table) noexcept nogil
