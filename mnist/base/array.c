/*
 * array - reallocates only when the capacity of count + 1 items is larger than that of count.
 */
#include "mnist/base/array.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 4 };

size_t array_capacity(size_t count)
{
    size_t capacity = count > 0 ? CAPACITY_MIN : 0;
    while (capacity < count)
        capacity *= 2;
    return capacity;
}

void *array_grow(void *items, size_t count, size_t item_size, size_t maximum)
{
    assert(item_size > 0 && (items != NULL || count == 0));
    if (count >= maximum)
        return NULL;
    size_t capacity = array_capacity(count + 1);
    if (items != NULL && capacity == array_capacity(count))
        return items;
    return capacity <= SIZE_MAX / item_size ? realloc(items, capacity * item_size) : NULL;
}
