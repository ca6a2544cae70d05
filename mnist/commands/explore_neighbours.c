/*
 * explore_neighbours - what is odd in the data: principal components, outliers, duplicates.
 *
 * Each searches the whole training set (and the test set, for duplicates) and may take seconds, so all show progress.
 */
#include "mnist/base/count_text.h"
#include "mnist/base/rng.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/picture.h"
#include "mnist/data/duplicates.h"
#include "mnist/data/outliers.h"
#include "mnist/data/pca.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"
#include "plots/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PCA_COMPONENTS = 200, CAPTION_SIZE = 48 };

/* Some of the training images, drawn by the call's seed: bytes and labels. */
struct sample {
    unsigned char *images, *labels;
    int count;
};

static bool sample_draw(struct session *s, const struct bound_call *call, int count,
                        struct sample *sample)
{
    const struct dataset_part *part = &s->data.prepared->train;
    size_t size = dataset_image_size(s->data.prepared);
    uint32_t *order = malloc((size_t)part->count * sizeof *order);
    sample->count = count < part->count ? count : part->count;
    sample->images = malloc((size_t)sample->count * size);
    sample->labels = malloc((size_t)sample->count);
    bool ok = order != NULL && sample->images != NULL && sample->labels != NULL;
    struct rng rng = rng_stream((uint64_t)bound_call_integer(call, "seed"), RNG_SAMPLE, 1, 0);
    for (int i = 0; ok && i < part->count; i++)
        order[i] = (uint32_t)i;
    if (ok)
        rng_shuffle(&rng, order, (uint32_t)part->count);
    for (int i = 0; ok && i < sample->count; i++) {
        memcpy(sample->images + (size_t)i * size, part->images + order[i] * size, size);
        sample->labels[i] = part->labels[order[i]];
    }
    free(order);
    return ok;
}

static void sample_release(struct sample *sample)
{
    free(sample->images);
    free(sample->labels);
}

static void show_components(struct session *s, const struct pca *pca)
{
    static const double shares[] = {0.50, 0.80, 0.90, 0.95, 0.99};
    struct table *table = table_new(NULL);
    table_column(table, "variance kept", TABLE_RIGHT);
    table_column(table, "components", TABLE_RIGHT);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        double sum = 0;
        int count = 0;
        while (count < pca->components && sum < shares[i])
            sum += pca->ratio[count++];
        table_row(table);
        table_cell(table, "%.0f %%", 100 * shares[i]);
        table_cell(table, sum >= shares[i] ? "%d" : "more than %d", count);
    }
    output_table(s->output, &table);
}

static bool show_plane(struct session *s, const struct bound_call *call, const struct pca *pca,
                       const struct sample *sample, const float *y, struct diagnostic *diagnostic)
{
    float *axes = malloc(2 * (size_t)sample->count * sizeof *axes);
    if (axes == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    for (int i = 0; i < sample->count; i++) {
        axes[i] = y[(size_t)i * (size_t)pca->components];
        axes[sample->count + i] = y[(size_t)i * (size_t)pca->components + 1];
    }
    const char *names[DATASET_CLASSES];
    char title[128];
    struct picture picture = {0};
    struct plot_error plot_error;
    class_names(s, names);
    snprintf(title, sizeof title, "Training images of %s in the plane of two components",
             s->data.loaded->name);
    const struct plot_scatter config = {.title = title,
                                        .x = axes,
                                        .y = axes + sample->count,
                                        .labels = sample->labels,
                                        .count = sample->count,
                                        .classes = DATASET_CLASSES,
                                        .names = names,
                                        .share_x = pca->ratio[0],
                                        .share_y = pca->ratio[1]};
    bool done =
        show_picture(s, call, diagnostic, plot_scatter(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    free(axes);
    return done;
}

static bool show_pca(struct session *s, const struct bound_call *call, const struct pca *pca,
                     struct diagnostic *diagnostic)
{
    struct sample sample = {0};
    struct error error;
    struct picture picture = {0};
    struct plot_error plot_error;
    bool done = sample_draw(s, call, (int)bound_call_integer(call, "count"), &sample);
    float *y = done ? malloc((size_t)sample.count * (size_t)pca->components * sizeof *y) : NULL;
    if (y == NULL)
        done = bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    else if (!pca_project(pca, y, sample.images, sample.count, s->pool, NULL, &error))
        done = fail(call, diagnostic, &error);
    done = done && show_plane(s, call, pca, &sample, y, diagnostic);
    const struct plot_explained config = {.title = "Variance that the first components explain",
                                          .shares = pca->ratio,
                                          .count = pca->components};
    done = done && show_picture(s, call, diagnostic,
                                plot_explained(s->gnuplot, &config, &picture, &plot_error),
                                &picture, &plot_error);
    free(y);
    sample_release(&sample);
    return done;
}

bool run_explore_pca(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic)
{
    if (!data_need(s, call, diagnostic))
        return false;
    const struct dataset *data = s->data.prepared;
    int size = (int)dataset_image_size(data);
    struct pca pca = {0};
    struct error error;
    struct work work;
    if (data->train.count < 2 || size < 2) {
        error_set(&error, ERROR_DATA,
                  "principal components want at least 2 images of 2 pixels; here are %d of %d",
                  data->train.count, size);
        return fail(call, diagnostic, &error);
    }
    work_begin(&work, s, "principal components", "images");
    if (!pca_fit(&pca, data->train.images, data->train.count, size,
                 size < PCA_COMPONENTS ? size : PCA_COMPONENTS, s->pool, &work.watch, &error))
        return fail(call, diagnostic, &error);
    show_components(s, &pca);
    bool done = show_pca(s, call, &pca, diagnostic);
    pca_release(&pca);
    return done;
}

/* The count strangest: the strangest of each class, then the second of each, and so on, so that a class whose images vary
   little (the ones) does not fill the list. Caller frees. NULL = no memory. */
static const struct outlier **strangest(const struct outliers *outliers, int count)
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
                          const struct outlier *const *strange, int count,
                          struct diagnostic *diagnostic)
{
    const struct dataset *data = s->data.prepared;
    size_t size = dataset_image_size(data);
    unsigned char *bytes = malloc((size_t)count * size);
    char(*text)[CAPTION_SIZE] = malloc((size_t)count * sizeof *text);
    const char *captions[PLOT_IMAGES_MAX];
    if (bytes == NULL || text == NULL) {
        free(bytes);
        free(text);
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    }
    for (int i = 0; i < count; i++) {
        const struct outlier *outlier = strange[i];
        memcpy(bytes + (size_t)i * size, dataset_image(data, &data->train, outlier->index), size);
        snprintf(text[i], sizeof text[i], "%s  #%d",
                 dataset_class_name(s->data.loaded, outlier->label), outlier->index);
        captions[i] = text[i];
    }
    char sentence[PICTURE_SENTENCE_SIZE];
    snprintf(sentence, sizeof sentence,
             count == 1
                 ? "The training image that lies farthest from others of its class, with its "
                   "index."
                 : "The %d training images that lie farthest from others of their class, a column "
                   "a class, each with its index.",
             count);
    struct picture picture = {0};
    struct plot_error plot_error;
    const struct plot_images config = {
        .title = "Training images least like the others of their class",
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

/* An image that is alone in its class has no distance to the others. */
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
                          const struct outlier *const *strange, int count)
{
    struct table *table = table_new("Mean distance to the ten nearest images of the same class");
    table_column(table, "image", TABLE_RIGHT);
    table_column(table, "class", TABLE_LEFT);
    table_column(table, "distance", TABLE_RIGHT);
    table_column(table, "class median", TABLE_RIGHT);
    table_column(table, "ratio", TABLE_RIGHT);
    for (int i = 0; i < count && i < 10; i++) {
        const struct outlier *outlier = strange[i];
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
    work_begin(&work, s, "looking for outliers", "images");
    if (!outliers_find(&outliers, s->data.prepared, &s->data.prepared->train, s->pool, &work.watch,
                       &error))
        return fail(call, diagnostic, &error);
    int count = (int)bound_call_integer(call, "count");
    count = count < outliers.count ? count : outliers.count;
    const struct outlier **strange = strangest(&outliers, count);
    bool done = strange != NULL || bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    if (done) {
        outlier_table(s, &outliers, strange, count);
        done = show_outliers(s, call, strange, count, diagnostic);
    }
    free(strange);
    outliers_release(&outliers);
    return done;
}

static const char *const place_names[DUPLICATES_PLACES] = {
    [DUPLICATES_TRAIN] = "within the training set",
    [DUPLICATES_TEST] = "within the test set",
    [DUPLICATES_TRAIN_TEST] = "training and test set"};

static void duplicates_table(struct session *s, const struct duplicates *found)
{
    char text[COUNT_TEXT_SIZE];
    struct table *table = table_new("Images that are equal byte for byte");
    table_column(table, "where", TABLE_LEFT);
    table_column(table, "pairs", TABLE_RIGHT);
    table_column(table, "with different labels", TABLE_RIGHT);
    table_column(table, "nearest other pair, distance", TABLE_RIGHT);
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

/* Pairs of images side by side: two stacks' bytes after each other, a caption each. */
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

/* The first exact pairs of all places, or the nearest of the pairs that cross from training to test. */
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
        done = show_pairs(s, call, pairs, "Pairs of equal images", diagnostic);
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
                        s->pool, &work.watch, &error);
    if (found == NULL)
        return fail(call, diagnostic, &error);
    duplicates_table(s, found);
    bool done = show_duplicates(s, call, found, diagnostic);
    duplicates_free(&found);
    return done;
}
