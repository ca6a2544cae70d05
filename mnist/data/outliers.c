/*
 * outliers - computes the mean distance to the nearest images of the same class with neighbours.h,
 * then sorts each class by it.
 */
#include "mnist/data/outliers.h"

#include "mnist/base/subprogress.h"
#include "mnist/data/neighbours.h"

#include <math.h>
#include <stdlib.h>

enum { CLASSES = DATASET_CLASSES, NEAR = OUTLIERS_NEIGHBOURS };

static struct outlier score_image(int index, int label, const struct neighbours_near near[NEAR])
{
    struct outlier outlier = {.index = index, .label = label, .nearest = near[0].index};
    double sum = 0;
    int count = 0;
    while (count < NEAR && near[count].index >= 0)
        sum += sqrt(near[count++].distance_squared);
    outlier.score = count > 0 ? sum / count : INFINITY;
    return outlier;
}

static int compare(const void *left, const void *right)
{
    const struct outlier *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->index - b->index;
}

/* Ranks the images of class `label` in outliers->ranked from class_first on; members and near are
   scratch memory for the class. */
static bool rank_class(struct outliers *outliers, const struct dataset_part *part, int label,
                       const struct neighbours *set, uint32_t *members,
                       struct neighbours_near *near, struct thread_pool *pool,
                       struct progress *progress, struct error *error)
{
    int count = 0, first = outliers->class_first[label];
    for (int i = 0; i < part->count; i++)
        if (part->labels[i] == label)
            members[count++] = (uint32_t)i;
    if (count == 0)
        return true;
    if (!neighbours_nearest(set, members, count, NEAR, near, pool, progress, error))
        return false;
    struct outlier *ranked = outliers->ranked + first;
    for (int i = 0; i < count; i++)
        ranked[i] = score_image((int)members[i], label, near + i * NEAR);
    qsort(ranked, (size_t)count, sizeof *ranked, compare);
    outliers->class_median[label] = ranked[count / 2].score;
    return true;
}

static void find_places(struct outliers *outliers, const struct dataset_part *part)
{
    for (int i = 0; i < part->count; i++)
        outliers->class_count[part->labels[i]]++;
    for (int c = 1; c < CLASSES; c++)
        outliers->class_first[c] = outliers->class_first[c - 1] + outliers->class_count[c - 1];
}

static bool rank_classes(struct outliers *outliers, const struct dataset_part *part,
                         const struct neighbours *set, struct thread_pool *pool,
                         struct progress *progress, struct error *error)
{
    int largest = 1, done = 0;
    for (int c = 0; c < CLASSES; c++)
        largest = outliers->class_count[c] > largest ? outliers->class_count[c] : largest;
    size_t near_size = (size_t)largest * NEAR * sizeof(struct neighbours_near);
    uint32_t *members = malloc((size_t)largest * sizeof *members);
    struct neighbours_near *near = malloc(near_size);
    bool ok = (members != NULL && near != NULL) ||
              error_memory(error, "the search for outliers", near_size);
    for (int c = 0; c < CLASSES && ok; c++) {
        struct subprogress phase;
        double begin = (double)done / part->count,
               end = (double)(done + outliers->class_count[c]) / part->count;
        ok = rank_class(outliers, part, c, set, members, near, pool,
                        subprogress_begin(&phase, progress, begin, end), error);
        done += outliers->class_count[c];
    }
    free(near);
    free(members);
    return ok;
}

/* A single image has neither a neighbour nor principal components. */
static void rank_single(struct outliers *outliers, const struct dataset_part *part)
{
    outliers->ranked[0] = (struct outlier){0, part->labels[0], -1, INFINITY};
    outliers->class_median[part->labels[0]] = INFINITY;
}

static bool rank_all(struct outliers *outliers, const struct dataset *dataset,
                     const struct dataset_part *part, struct thread_pool *pool,
                     struct progress *progress, struct error *error)
{
    int size = dataset->rows * dataset->columns;
    struct pca basis;
    struct subprogress phase;
    if (!pca_fit(&basis, part->images, part->count, size,
                 size < NEIGHBOURS_COMPONENTS ? size : NEIGHBOURS_COMPONENTS, pool,
                 subprogress_begin(&phase, progress, 0, 0.15), error))
        return false;
    struct neighbours *set = neighbours_new(part->images, part->count, &basis, pool,
                                            subprogress_begin(&phase, progress, 0.15, 0.2), error);
    bool ok = set != NULL && rank_classes(outliers, part, set, pool,
                                          subprogress_begin(&phase, progress, 0.2, 1), error);
    neighbours_free(&set);
    pca_release(&basis);
    return ok;
}

bool outliers_find(struct outliers *outliers, const struct dataset *dataset,
                   const struct dataset_part *part, struct thread_pool *pool,
                   struct progress *progress, struct error *error)
{
    size_t size = (size_t)part->count * sizeof(struct outlier);
    *outliers = (struct outliers){.count = part->count, .ranked = malloc(size)};
    if (outliers->ranked == NULL)
        return error_memory(error, "the search for outliers", size);
    find_places(outliers, part);
    if (part->count == 1) {
        rank_single(outliers, part);
        return true;
    }
    if (rank_all(outliers, dataset, part, pool, progress, error))
        return true;
    outliers_release(outliers);
    return false;
}

void outliers_release(struct outliers *outliers)
{
    free(outliers->ranked);
    *outliers = (struct outliers){0};
}
