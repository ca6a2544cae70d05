/*
 * split - computes the number of images of each class by largest remainder, then shuffles each
 * class.
 */
#include "mnist/data/split.h"

#include "mnist/base/rng.h"
#include "mnist/data/idx.h"

#include <assert.h>
#include <stdlib.h>

enum { CLASSES = IDX_CLASSES };

/* share[c] = number of held-out images of class c. The shares sum to validation_count, and share[c]
   <= class_count[c]. */
static void make_shares(int share[CLASSES], const int class_count[CLASSES], int count,
                        int validation_count)
{
    int64_t remainder[CLASSES];
    int given = 0;
    for (int c = 0; c < CLASSES; c++) {
        int64_t exact = (int64_t)class_count[c] * validation_count;
        share[c] = (int)(exact / count);
        remainder[c] = exact % count;
        given += share[c];
    }
    for (; given < validation_count; given++) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            if (remainder[c] > remainder[best])
                best = c;
        share[best]++;
        remainder[best] = -1;
    }
}

/* Marks share[c] random images of each class. members [count] is scratch memory. */
static void hold_out(uint8_t *held_out, uint32_t *members, const uint8_t *labels, int count,
                     const int share[CLASSES], uint64_t seed)
{
    for (uint32_t c = 0; c < CLASSES; c++) {
        uint32_t size = 0;
        for (int i = 0; i < count; i++)
            if (labels[i] == c)
                members[size++] = (uint32_t)i;
        struct rng rng = rng_stream(seed, RNG_SPLIT, 0, c);
        rng_shuffle(&rng, members, size);
        for (int i = 0; i < share[c]; i++)
            held_out[members[i]] = 1;
    }
}

static void make_lists(struct split *split, const uint8_t *held_out, int count)
{
    for (int i = 0; i < count; i++) {
        if (held_out[i])
            split->validation[split->validation_count++] = (uint32_t)i;
        else
            split->train[split->train_count++] = (uint32_t)i;
    }
}

bool split_make(struct split *split, const uint8_t *labels, int count, int validation_count,
                uint64_t seed, struct error *error)
{
    assert(count > 0 && count <= IDX_COUNT_MAX);
    *split = (struct split){0};
    if (validation_count < 0 || validation_count >= count)
        return error_set(error, ERROR_USAGE,
                         "the validation part must have 0 to %d of the %d training images, not %d",
                         count - 1, count, validation_count);
    int class_count[CLASSES] = {0}, share[CLASSES];
    for (int i = 0; i < count; i++) {
        assert(labels[i] < CLASSES);
        class_count[labels[i]]++;
    }
    make_shares(share, class_count, count, validation_count);

    size_t size = (size_t)count * sizeof(uint32_t);
    uint8_t *held_out = calloc((size_t)count, 1);
    uint32_t *members = malloc(size);
    split->train = malloc(size);
    split->validation = malloc(size);
    bool ok =
        held_out != NULL && members != NULL && split->train != NULL && split->validation != NULL;
    if (ok) {
        hold_out(held_out, members, labels, count, share, seed);
        make_lists(split, held_out, count);
    } else {
        error_memory(error, "the validation split", 3 * size + (size_t)count);
        split_release(split);
    }
    free(members);
    free(held_out);
    return ok;
}

void split_release(struct split *split)
{
    free(split->train);
    free(split->validation);
    *split = (struct split){0};
}
