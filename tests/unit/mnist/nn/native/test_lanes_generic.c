/*
 * The tests of test_lanes.c for the code path of processors without SSE2, which no other program
 * compiles on x86-64.
 */
#include <immintrin.h>
#include <string.h>

#undef __SSE2__
#include "tests/unit/mnist/nn/native/test_lanes.c"
