/*
 * check - shared by the tests of the language: comparison of allocated text, random numbers, sample
 * cells.
 */
#ifndef TESTS_LANGUAGE_CHECK_H
#define TESTS_LANGUAGE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Compares and frees. */
#define assert_text(text, expected)              \
    do {                                         \
        char *taken_ = (text);                   \
        assert_non_null(taken_);                 \
        assert_string_equal(taken_, (expected)); \
        free(taken_);                            \
    } while (0)

/* A small random generator (splitmix64): its seed reproduces a failing case. */
static inline uint64_t check_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Cells that use every feature of the language; several tests cut and change them. */
static const char *const check_cells[] = {
    "load mnist\n"
    "explore samples class=7 count=40 set=train\n"
    "preprocess normalize deskew crop=24 validation=5000 seed=1\n"
    "augment rotate=15 shift=3 scale=0.15 shear=10\n",
    "# Parameters\nepochs = 3\nname = \"a b\"\naug = True\nx = [1, 2, [3, \"four\"]]\ny = None\n"
    "z = -1.5e-3\n",
    "model mine:\n"
    "    conv 32 5x5 pad=same   # 28 x 28\n"
    "    batchnorm\n"
    "\n"
    "    relu\n"
    "    maxpool 2 stride=2\n"
    "    globalpool max\n"
    "    dropout 0.3\n"
    "    dense 10\n"
    "model summary\n",
    "time train epochs=$epochs batch=(64 * 2) rate=0.1/4 optimizer=adam \\\n"
    "  schedule=onecycle\r\n",
    "print \"accuracy: $accuracy ${name}s \\n"
    "\\u20ac \\$5\" ($x[0] + 2 ^ 3 % 4) 'as $it is' hello\n6 * 7\n",
    "train?\n?explore samples\nhelp train\nask name \"Who? \" secret\n"
    "plot activations 12 layer=conv1\n",
    "\xEF\xBB\xBF\xE6\x97\xA5\xE6\x9C\xAC = \"\xE8\xAA\x9E\"\n\xC2\xA0\n"
    "print $\xE6\x97\xA5\xE6\x9C\xAC \xC2\xA0 max([1, 2], # list\n 3)\n",
    "set threads=2 plot.format=svg plot.folder=\"my pictures\"\nload ../data\nclear wait\n",
};
enum { CHECK_CELL_COUNT = sizeof check_cells / sizeof check_cells[0] };

#endif
