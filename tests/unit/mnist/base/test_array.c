/*
 * test_array - the capacity of growable arrays, and their limits.
 *
 * Proves: the capacity is 0 or the next power of two from 4 on; an array keeps its items while it
 * grows and is not reallocated in between (under AddressSanitizer, every item is written within the
 * allocation); at the maximum and on overflow the result is NULL and the array is unchanged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "mnist/base/array.h"

static void test_capacity(void **state)
{
    static const size_t table[][2] = {{0, 0}, {1, 4},  {3, 4},   {4, 4},      {5, 8},
                                      {8, 8}, {9, 16}, {16, 16}, {1000, 1024}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(array_capacity(table[i][0]), table[i][1]);
}

static void test_items_stay(void **state)
{
    enum { ITEMS = 100 };
    int *items = NULL;
    (void)state;
    for (int i = 0; i < ITEMS; i++) {
        int *grown = array_grow(items, (size_t)i, sizeof *items, ITEMS);
        assert_non_null(grown);
        if (i > 0 && array_capacity((size_t)i) == array_capacity((size_t)i + 1))
            assert_ptr_equal(grown, items);
        items = grown;
        items[i] = i * i;
    }
    for (int i = 0; i < ITEMS; i++)
        assert_int_equal(items[i], i * i);
    assert_null(array_grow(items, ITEMS, sizeof *items, ITEMS));
    assert_int_equal(items[ITEMS - 1], (ITEMS - 1) * (ITEMS - 1));
    free(items);
}

static void test_no_room(void **state)
{
    (void)state;
    assert_null(array_grow(NULL, 0, 1, 0));
    assert_null(array_grow(NULL, 0, SIZE_MAX / 2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_items_stay),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
