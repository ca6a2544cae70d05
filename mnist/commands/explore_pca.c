/*
 * explore_pca - `explore pca`: principal components of the training images.
 *
 * Shows the number of components for a share of the variance, a sample of the images on the first
 * two components, and the cumulative explained variance.
 */
#include "mnist/base/rng.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/image_stack.h"
#include "mnist/commands/picture.h"
#include "mnist/data/pca.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>

enum { PCA_COMPONENTS = 200 };

/* A random sample of the training images, chosen by the call's seed. */
struct sample {
    unsigned char *images, *labels;
    int count;
};

static bool sample_draw(struct session *s, const struct bound_call *call, int count,
                        struct sample *sample)
{
    const struct dataset_part *part = &s->data.prepared->train;
    const struct selection all = {.part = part, .count = part->count};
    uint32_t *order = malloc((size_t)part->count * sizeof *order);
    sample->count = count < part->count ? count : part->count;
    sample->labels = malloc((size_t)sample->count);
    bool ok = order != NULL && sample->labels != NULL;
    struct rng rng = rng_stream((uint64_t)bound_call_integer(call, "seed"), RNG_SAMPLE, 1, 0);
    for (int i = 0; ok && i < part->count; i++)
        order[i] = (uint32_t)i;
    if (ok)
        rng_shuffle(&rng, order, (uint32_t)part->count);
    sample->images = ok ? image_stack(s, &all, order, sample->count) : NULL;
    for (int i = 0; ok && i < sample->count; i++)
        sample->labels[i] = part->labels[order[i]];
    free(order);
    return sample->images != NULL;
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
    table_column(table, "explained variance", TABLE_RIGHT);
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
    snprintf(title, sizeof title, "Training images of %s on the first two principal components",
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
    const struct plot_explained config = {
        .title = "Cumulative explained variance", .shares = pca->ratio, .count = pca->components};
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
                  "principal components need at least 2 images of 2 pixels, not %d of %d",
                  data->train.count, size);
        return fail(call, diagnostic, &error);
    }
    work_begin(&work, s, "principal components", "images");
    if (!pca_fit(&pca, data->train.images, data->train.count, size,
                 size < PCA_COMPONENTS ? size : PCA_COMPONENTS, s->pool, &work.progress, &error))
        return fail(call, diagnostic, &error);
    show_components(s, &pca);
    bool done = show_pca(s, call, &pca, diagnostic);
    pca_release(&pca);
    return done;
}
