/*
 * The tests of test_native_lanes.c for the code that processors without SSE2 run, which is compiled
 * nowhere else on x86-64.
 */
#include <immintrin.h>
#include <string.h>

#undef __SSE2__
#include "tests/unit/mnist/nn/native/test_lanes.c"
