/*
 * explore_neighbours - `explore outliers`, `explore duplicates`: distances between images.
 *
 * Both compare all pairs of images of a class or of the data set, which may take seconds, so both
 * show progress.
 */
#include "mnist/base/count_text.h"
#include "mnist/commands/image_stack.h"
#include "mnist/commands/picture.h"
#include "mnist/data/duplicates.h"
#include "mnist/data/outliers.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"
#include "plots/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPTION_SIZE = 48 };

/* A list of count outliers: the first of each class, then the second of each class, and so on, so
   that one class with a large spread does not fill the list. Caller frees. NULL: out of memory. */
static const struct outlier **pick_outliers(const struct outliers *outliers, int count)
{
    const struct outlier **list = malloc((size_t)(count + 1) * sizeof *list);
    int taken = 0;
    for (int rank = 0; list != NULL && taken < count; rank++)
        for (int c = 0; c < DATASET_CLASSES && taken < count; c++)
            if (rank < outliers->class_count[c])
                list[taken++] = &outliers->ranked[outliers->class_first[c] + rank];
    return list;
}

static bool show_outliers(struct session *s, const struct bound_call *call,
                          const struct outlier *const *list, int count,
                          struct diagnostic *diagnostic)
{
    const struct dataset *data = s->data.prepared;
    const struct selection all = {.part = &data->train, .count = data->train.count};
    char(*text)[CAPTION_SIZE] = malloc((size_t)count * sizeof *text);
    uint32_t indices[PLOT_IMAGES_MAX];
    const char *captions[PLOT_IMAGES_MAX];
    for (int i = 0; text != NULL && i < count; i++) {
        const struct outlier *outlier = list[i];
        indices[i] = (uint32_t)outlier->index;
        snprintf(text[i], sizeof text[i], "%s  #%d",
                 dataset_class_name(s->data.loaded, outlier->label), outlier->index);
        captions[i] = text[i];
    }
    unsigned char *bytes = text != NULL ? image_stack(s, &all, indices, count) : NULL;
    if (bytes == NULL) {
        free(text);
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    }
    char sentence[PICTURE_SENTENCE_SIZE];
    snprintf(sentence, sizeof sentence,
             count == 1
                 ? "The training image farthest from the others of its class, with its index."
                 : "The %d training images farthest from the others of their class, one column per "
                   "class, each with its index.",
             count);
    struct picture picture = {0};
    struct plot_error plot_error;
    const struct plot_images config = {
        .title = "Outliers: training images farthest from the others of their class",
        .images = {.bytes = bytes, .count = count, .rows = data->rows, .columns = data->columns},
        .captions = captions,
        .across = count >= DATASET_CLASSES ? DATASET_CLASSES : 0,
        .sentence = sentence};
    bool done =
        show_picture(s, call, diagnostic, plot_images(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    free(bytes);
    free(text);
    return done;
}

/* "-" for the only image of a class, which has no distance to others. */
static void distance_cell(struct table *table, double value)
{
    char text[COUNT_TEXT_SIZE];
    table_cell(table, "%s", isfinite(value) ? count_text(text, llround(value)) : "-");
}

static void ratio_cell(struct table *table, double value)
{
    table_cell(table, isfinite(value) ? "%.2f" : "-", value);
}

static void outlier_table(struct session *s, const struct outliers *outliers,
                          const struct outlier *const *list, int count)
{
    struct table *table = table_new("Mean distance to the ten nearest images of the same class");
    table_column(table, "image", TABLE_RIGHT);
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "distance", TABLE_RIGHT);
    table_column(table, "class median", TABLE_RIGHT);
    table_column(table, "ratio", TABLE_RIGHT);
    for (int i = 0; i < count && i < 10; i++) {
        const struct outlier *outlier = list[i];
        table_row(table);
        table_cell(table, "%d", outlier->index);
        table_cell(table, "%s", dataset_class_name(s->data.loaded, outlier->label));
        double median = outliers->class_median[outlier->label];
        distance_cell(table, outlier->score);
        distance_cell(table, median);
        ratio_cell(table, median > 0 ? outlier->score / median : (double)NAN);
    }
    output_table(s->output, &table);
}

bool run_explore_outliers(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic)
{
    struct outliers outliers = {0};
    struct error error;
    struct work work;
    if (!data_need(s, call, diagnostic))
        return false;
    work_begin(&work, s, "searching for outliers", "images");
    if (!outliers_find(&outliers, s->data.prepared, &s->data.prepared->train, s->pool,
                       &work.progress, &error))
        return fail(call, diagnostic, &error);
    int count = (int)bound_call_integer(call, "count");
    count = count < outliers.count ? count : outliers.count;
    const struct outlier **list = pick_outliers(&outliers, count);
    bool done = list != NULL || bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    if (done) {
        outlier_table(s, &outliers, list, count);
        done = show_outliers(s, call, list, count, diagnostic);
    }
    free(list);
    outliers_release(&outliers);
    return done;
}

static const char *const place_names[DUPLICATES_PLACES] = {
    [DUPLICATES_TRAIN] = "within the training set",
    [DUPLICATES_TEST] = "within the test set",
    [DUPLICATES_TRAIN_TEST] = "between the two sets"};

static void duplicates_table(struct session *s, const struct duplicates *found)
{
    char text[COUNT_TEXT_SIZE];
    struct table *table = table_new("Pairs of identical images");
    table_column(table, "set", TABLE_LEFT);
    table_column(table, "pairs", TABLE_RIGHT);
    table_column(table, "with different labels", TABLE_RIGHT);
    table_column(table, "distance of the nearest other pair", TABLE_RIGHT);
    for (int i = 0; i < DUPLICATES_PLACES; i++) {
        table_row(table);
        table_cell(table, "%s", place_names[i]);
        table_cell(table, "%s", count_text(text, found->places[i].exact_count));
        table_cell(table, "%s", count_text(text, found->places[i].exact_conflicts));
        if (found->places[i].near_count > 0)
            table_cell(table, "%.1f", sqrt((double)found->places[i].near[0].distance_squared));
    }
    output_table(s->output, &table);
}

/* The images of the pairs, both images of a pair next to each other, each with a caption. */
struct pairs {
    unsigned char *bytes;
    char text[PLOT_IMAGES_MAX][CAPTION_SIZE];
    const char *captions[PLOT_IMAGES_MAX];
    bool marked[PLOT_IMAGES_MAX];
    int count;
};

static void pairs_add(struct session *s, struct pairs *pairs, const struct duplicates_pair *pair,
                      enum duplicates_where where)
{
    const struct dataset *data = s->data.prepared;
    size_t size = dataset_image_size(data);
    const struct dataset_part *first = where == DUPLICATES_TEST ? &data->test : &data->train;
    const struct dataset_part *second = where == DUPLICATES_TRAIN ? &data->train : &data->test;
    for (int i = 0; i < 2 && pairs->count < PLOT_IMAGES_MAX; i++) {
        const struct dataset_part *part = i == 0 ? first : second;
        int index = i == 0 ? pair->first : pair->second;
        memcpy(pairs->bytes + (size_t)pairs->count * size, dataset_image(data, part, index), size);
        snprintf(
            pairs->text[pairs->count], CAPTION_SIZE, "%s  %s %d",
            dataset_class_name(s->data.loaded, i == 0 ? pair->first_label : pair->second_label),
            part == &data->test ? "test" : "train", index);
        pairs->captions[pairs->count] = pairs->text[pairs->count];
        pairs->marked[pairs->count] = pair->first_label != pair->second_label;
        pairs->count++;
    }
}

static bool show_pairs(struct session *s, const struct bound_call *call, struct pairs *pairs,
                       const char *title, struct diagnostic *diagnostic)
{
    struct picture picture = {0};
    struct plot_error plot_error;
    if (pairs->count == 0)
        return true;
    const struct plot_images config = {
        .title = title,
        .images = {.bytes = pairs->bytes,
                   .count = pairs->count,
                   .rows = s->data.prepared->rows,
                   .columns = s->data.prepared->columns},
        .captions = pairs->captions,
        .marked = pairs->marked,
        .across = pairs->count < 8 ? pairs->count : 8,
    };
    return show_picture(s, call, diagnostic,
                        plot_images(s->gnuplot, &config, &picture, &plot_error), &picture,
                        &plot_error);
}

/* Shows identical pairs of all places, then the nearest pairs of a training and a test image. */
static bool show_duplicates(struct session *s, const struct bound_call *call,
                            const struct duplicates *found, struct diagnostic *diagnostic)
{
    struct pairs *pairs = calloc(1, sizeof *pairs);
    unsigned char *bytes = malloc(PLOT_IMAGES_MAX * dataset_image_size(s->data.prepared));
    bool done = pairs != NULL && bytes != NULL;
    if (done) {
        int exact = (int)bound_call_integer(call, "count"),
            near = (int)bound_call_integer(call, "near");
        const struct duplicates_pair *nearest = found->places[DUPLICATES_TRAIN_TEST].near;
        pairs->bytes = bytes;
        for (int where = 0; where < DUPLICATES_PLACES; where++)
            for (int i = 0; i < found->places[where].exact_count && pairs->count < 2 * exact; i++)
                pairs_add(s, pairs, &found->places[where].exact[i], (enum duplicates_where)where);
        done = show_pairs(s, call, pairs, "Pairs of identical images", diagnostic);
        pairs->count = 0;
        for (int i = 0; i < found->places[DUPLICATES_TRAIN_TEST].near_count && i < near; i++)
            pairs_add(s, pairs, &nearest[i], DUPLICATES_TRAIN_TEST);
        done = done && show_pairs(s, call, pairs, "Nearest pairs of a training and a test image",
                                  diagnostic);
    } else
        bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    free(bytes);
    free(pairs);
    return done;
}

bool run_explore_duplicates(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic)
{
    struct error error;
    struct work work;
    if (!data_need(s, call, diagnostic))
        return false;
    work_begin(&work, s, "comparing all pairs of images", "images");
    int near = (int)bound_call_integer(call, "near");
    struct duplicates *found =
        duplicates_find(s->data.prepared, near < DUPLICATES_NEAR_MAX ? near : DUPLICATES_NEAR_MAX,
                        s->pool, &work.progress, &error);
    if (found == NULL)
        return fail(call, diagnostic, &error);
    duplicates_table(s, found);
    bool done = show_duplicates(s, call, found, diagnostic);
    duplicates_free(&found);
    return done;
}
