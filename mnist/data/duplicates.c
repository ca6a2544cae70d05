/*
 * duplicates - finds equal images by sorting their hashes, near duplicates with neighbours.h.
 *
 * Each image of both parts becomes an entry (hash, part, index). After sorting, equal images are
 * adjacent, those of the training part first. Within a run of equal hashes, each entry is paired
 * with the first entry of its own part with the same bytes, and with the first such training image.
 * This is the first entry of the run unless two different images have the same hash.
 */
#include "mnist/data/duplicates.h"

#include "mnist/base/array.h"
#include "mnist/base/subprogress.h"
#include "mnist/data/neighbours.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct hash_entry {
    uint64_t hash;
    int part; /* 0 = training, 1 = test */
    int index;
};

struct hash_job {
    const uint8_t *images;
    size_t size;
    int count, part;
    struct hash_entry *entries;
};

enum { TASK_IMAGES = 2048 /* images */ };

/* A multiplicative hash of 8 bytes at a time. Collisions are harmless: equality is checked. */
static uint64_t hash_bytes(const uint8_t *bytes, size_t size)
{
    uint64_t hash = size;
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, size - i < 8 ? size - i : 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    return hash;
}

static void hash_task(void *context, int task, int worker)
{
    const struct hash_job *job = context;
    (void)worker;
    int first = task * TASK_IMAGES,
        end = first + TASK_IMAGES < job->count ? first + TASK_IMAGES : job->count;
    for (int i = first; i < end; i++)
        job->entries[i] = (struct hash_entry){
            hash_bytes(job->images + (size_t)i * job->size, job->size), job->part, i};
}

static int compare_entries(const void *left, const void *right)
{
    const struct hash_entry *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->part != b->part)
        return a->part - b->part;
    return a->index - b->index;
}

static const struct dataset_part *part_of(const struct dataset *dataset,
                                          const struct hash_entry *entry)
{
    return entry->part == 0 ? &dataset->train : &dataset->test;
}

static bool equal(const struct dataset *dataset, const struct hash_entry *a,
                  const struct hash_entry *b)
{
    return memcmp(dataset_image(dataset, part_of(dataset, a), a->index),
                  dataset_image(dataset, part_of(dataset, b), b->index),
                  dataset_image_size(dataset)) == 0;
}

/* ---- exact duplicates ---- */

static bool add_exact(struct duplicates *duplicates, enum duplicates_where where,
                      const struct dataset *dataset, const struct hash_entry *first,
                      const struct hash_entry *second, struct error *error)
{
    int count = duplicates->places[where].exact_count;
    struct duplicates_pair *grown =
        array_grow(duplicates->places[where].exact, (size_t)count, sizeof *grown, INT_MAX);
    if (grown == NULL)
        return error_memory(error, "the list of duplicates",
                            array_capacity((size_t)count + 1) * sizeof *grown);
    duplicates->places[where].exact = grown;
    uint8_t first_label = part_of(dataset, first)->labels[first->index];
    uint8_t second_label = part_of(dataset, second)->labels[second->index];
    duplicates->places[where].exact[count] =
        (struct duplicates_pair){first->index, second->index, first_label, second_label, 0};
    duplicates->places[where].exact_count++;
    duplicates->places[where].exact_conflicts += first_label != second_label;
    return true;
}

/* Adds the pairs of a run of entries with equal hashes. */
static bool add_run(struct duplicates *duplicates, const struct dataset *dataset,
                    const struct hash_entry *run, int count, struct error *error)
{
    for (int i = 1; i < count; i++) {
        bool paired[2] = {false, false}; /* with a training image, with a test image */
        for (int j = 0; j < i && !paired[run[i].part]; j++) {
            if (paired[run[j].part] || !equal(dataset, &run[i], &run[j]))
                continue;
            enum duplicates_where where = run[i].part == 0   ? DUPLICATES_TRAIN
                                          : run[j].part == 0 ? DUPLICATES_TRAIN_TEST
                                                             : DUPLICATES_TEST;
            if (!add_exact(duplicates, where, dataset, &run[j], &run[i], error))
                return false;
            paired[run[j].part] = true;
        }
    }
    return true;
}

static int compare_places(const void *left, const void *right)
{
    const struct duplicates_pair *a = left, *b = right;
    return a->first != b->first ? (a->first < b->first ? -1 : 1)
                                : (a->second > b->second) - (a->second < b->second);
}

static bool find_runs(struct duplicates *duplicates, const struct dataset *dataset,
                      const struct hash_entry *entries, int count, struct error *error)
{
    for (int first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && entries[end].hash == entries[first].hash)
            end++;
        if (!add_run(duplicates, dataset, entries + first, end - first, error))
            return false;
    }
    for (int where = 0; where < DUPLICATES_PLACES; where++)
        if (duplicates->places[where].exact_count > 0)
            qsort(duplicates->places[where].exact, (size_t)duplicates->places[where].exact_count,
                  sizeof(struct duplicates_pair), compare_places);
    return true;
}

static bool find_exact(struct duplicates *duplicates, const struct dataset *dataset,
                       struct thread_pool *pool, struct progress *progress, struct error *error)
{
    int train = dataset->train.count, test = dataset->test.count;
    size_t size = ((size_t)train + (size_t)test) * sizeof(struct hash_entry);
    struct hash_entry *entries = malloc(size);
    if (entries == NULL)
        return error_memory(error, "the search for duplicates", size);
    struct hash_job jobs[2] = {
        {dataset->train.images, dataset_image_size(dataset), train, 0, entries},
        {dataset->test.images, dataset_image_size(dataset), test, 1, entries + train},
    };
    bool ok = true;
    for (int part = 0; part < 2 && ok; part++)
        ok = thread_pool_run_watched(pool, hash_task, &jobs[part],
                                     (jobs[part].count + TASK_IMAGES - 1) / TASK_IMAGES,
                                     4 * thread_pool_threads(pool), progress) ||
             error_interrupted(error);
    if (ok) {
        qsort(entries, (size_t)(train + test), sizeof *entries, compare_entries);
        ok = find_runs(duplicates, dataset, entries, train + test, error);
    }
    free(entries);
    return ok;
}

/* ---- near duplicates ---- */

static bool find_near(struct duplicates *duplicates, enum duplicates_where where,
                      const struct dataset_part *first, const struct neighbours *a,
                      const struct dataset_part *second, const struct neighbours *b, int near_count,
                      struct thread_pool *pool, struct progress *progress, struct error *error)
{
    struct neighbours_pair pairs[DUPLICATES_NEAR_MAX];
    int found;
    if (!neighbours_closest(a, b, near_count, pairs, &found, pool, progress, error))
        return false;
    for (int i = 0; i < found; i++)
        duplicates->places[where].near[i] =
            (struct duplicates_pair){pairs[i].first, pairs[i].second, first->labels[pairs[i].first],
                                     second->labels[pairs[i].second], pairs[i].distance_squared};
    duplicates->places[where].near_count = found;
    return true;
}

/* The progress of each phase is its share of the time for MNIST. */
static bool find_all_near(struct duplicates *duplicates, const struct dataset *dataset,
                          int near_count, struct thread_pool *pool, struct progress *progress,
                          struct error *error)
{
    const struct dataset_part *train = &dataset->train, *test = &dataset->test;
    int size = dataset->rows * dataset->columns;
    struct pca basis = {0};
    struct neighbours *a = NULL, *b = NULL;
    struct subprogress phase;
    if (train->count < 2) /* principal components need two images */
        return true;
    bool ok = pca_fit(&basis, train->images, train->count, size,
                      size < NEIGHBOURS_COMPONENTS ? size : NEIGHBOURS_COMPONENTS, pool,
                      subprogress_begin(&phase, progress, 0.05, 0.25), error);
    a = ok ? neighbours_new(train->images, train->count, &basis, pool,
                            subprogress_begin(&phase, progress, 0.25, 0.3), error)
           : NULL;
    ok = a != NULL && find_near(duplicates, DUPLICATES_TRAIN, train, a, train, a, near_count, pool,
                                subprogress_begin(&phase, progress, 0.3, 0.8), error);
    if (ok && test->count > 0) {
        b = neighbours_new(test->images, test->count, &basis, pool,
                           subprogress_begin(&phase, progress, 0.8, 0.81), error);
        ok = b != NULL &&
             find_near(duplicates, DUPLICATES_TEST, test, b, test, b, near_count, pool,
                       subprogress_begin(&phase, progress, 0.81, 0.83), error) &&
             find_near(duplicates, DUPLICATES_TRAIN_TEST, train, a, test, b, near_count, pool,
                       subprogress_begin(&phase, progress, 0.83, 1), error);
    }
    neighbours_free(&b);
    neighbours_free(&a);
    pca_release(&basis);
    return ok;
}

/* ---- life cycle ---- */

struct duplicates *duplicates_find(const struct dataset *dataset, int near_count,
                                   struct thread_pool *pool, struct progress *progress,
                                   struct error *error)
{
    assert(near_count >= 0 && near_count <= DUPLICATES_NEAR_MAX);
    struct duplicates *duplicates = calloc(1, sizeof *duplicates);
    if (duplicates == NULL) {
        error_memory(error, "the list of duplicates", sizeof *duplicates);
        return NULL;
    }
    struct subprogress phase;
    double exact_share = near_count > 0 ? 0.05 : 1;
    if (!find_exact(duplicates, dataset, pool, subprogress_begin(&phase, progress, 0, exact_share),
                    error) ||
        (near_count > 0 && !find_all_near(duplicates, dataset, near_count, pool, progress, error)))
        duplicates_free(&duplicates);
    return duplicates;
}

void duplicates_free(struct duplicates **duplicates)
{
    if (*duplicates == NULL)
        return;
    for (int where = 0; where < DUPLICATES_PLACES; where++)
        free((*duplicates)->places[where].exact);
    free(*duplicates);
    *duplicates = NULL;
}
