/*
 * augment_rows_avx2 - augment_rows.c, compiled for AVX2: the Makefile adds the flags for files with
 * this suffix.
 */
#define AUGMENT_ROWS augment_rows_avx2
#ifdef __x86_64__
#include "mnist/data/augment_rows.c"
#else
#include "mnist/data/augment_rows.h"
#endif
