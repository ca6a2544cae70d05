/*
 * augment_rows_avx2 - augment_rows.c once more; the Makefile compiles files of this name for AVX2.
 */
#define AUGMENT_ROWS augment_rows_avx2
#ifdef __x86_64__
#include "mnist/data/augment_rows.c"
#else
#include "mnist/data/augment_rows.h"
#endif
