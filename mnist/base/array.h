/*
 * array - growable arrays of any type, with a maximum, without a field for the capacity.
 *
 *     struct name *items = array_grow(names->items, names->count, sizeof *items, LIVE_NAMES_MAX);
 *     if (items == NULL)
 *         return false;
 *     names->items = items;
 *     names->items[names->count++] = item;
 *
 * The capacity is a function of the number of items (array_capacity): 0, 4, 8, 16 and so on.
 * Invariant: an array of count items has room for array_capacity(count) of them. Arrays that are
 * allocated at once, for example a copy, must be allocated with this capacity before they grow.
 */
#ifndef MNIST_BASE_ARRAY_H
#define MNIST_BASE_ARRAY_H

#include <stddef.h>

/* 0, or the smallest power of two that is at least 4 and at least count. */
size_t array_capacity(size_t count);

/* Makes room for item number count. Returns the array, which may have moved; NULL, and items is as
   before, if count >= maximum or memory runs out. The caller frees the array with free(). */
__attribute__((warn_unused_result)) void *array_grow(void *items, size_t count, size_t item_size,
                                                     size_t maximum);

#endif
