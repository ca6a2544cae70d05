/*
 * augment - `augment ...`, `augment show`, `augment off`: random changes of the training images.
 *
 * Each `augment` line replaces the whole augmentation. data/augment.h changes the images; plugins
 * are augmentations that C cells have registered.
 */
#include "mnist/c_api/plugins.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/picture.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>

const char *augmentation_text(char *text, size_t size, const struct augment_config *config,
                              int clean_epochs)
{
    if (!augment_active(config)) {
        snprintf(text, size, "none");
        return text;
    }
    size_t used = (size_t)snprintf(text, size, "rotate=%g shift=%g scale=%g shear=%g elastic=%g",
                                   config->rotate, config->shift, config->scale, config->shear,
                                   config->elastic);
    if (config->stretch > 0 && used < size)
        used += (size_t)snprintf(text + used, size - used, " stretch=%g", config->stretch);
    for (int i = 0; i < config->plugin_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %s", config->plugins[i].name);
    if (clean_epochs > 0 && used < size)
        snprintf(text + used, size - used, " clean=%d", clean_epochs);
    return text;
}

bool augmentation_add(const struct session *s, struct augment_config *config,
                      const struct bound_call *call, const char *parameter, const char *name,
                      struct diagnostic *diagnostic)
{
    struct augment_plugin plugin;
    if (!plugins_augmentation(name, &plugin))
        return bound_call_diagnostic(call, diagnostic, parameter,
                                     "the augmentation %s is no longer registered: run the cell "
                                     "that registers it again",
                                     name);
    if (config->plugin_count == AUGMENT_PLUGINS_MAX)
        return bound_call_diagnostic(call, diagnostic, parameter,
                                     "at most %d registered augmentations can be combined",
                                     AUGMENT_PLUGINS_MAX);
    struct error error;
    if (!plugins_try_augmentation(&plugin, s->data.prepared->rows, s->data.prepared->columns,
                                  &error))
        return bound_call_error(call, diagnostic, parameter, &error);
    config->plugins[config->plugin_count++] = plugin;
    return true;
}

static void show_augmentation(struct session *s)
{
    char text[AUGMENTATION_SIZE];
    output_print(s->output, OUTPUT_STDOUT, "augmentation: %s\n",
                 augmentation_text(text, sizeof text, &s->data.augment, s->data.clean_epochs));
}

bool run_augment(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    static const char *const names[] = {"rotate",  "shift",   "scale", "shear",
                                        "elastic", "stretch", "clean", "own"};
    bool given = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        given = given || bound_call_given(call, names[i]);
    if (!data_need(s, call, diagnostic))
        return false;
    struct augment_config config = {
        .rotate = bound_call_number(call, "rotate"),
        .shift = bound_call_number(call, "shift"),
        .scale = bound_call_number(call, "scale"),
        .shear = bound_call_number(call, "shear"),
        .elastic = bound_call_number(call, "elastic"),
        .stretch = bound_call_number(call, "stretch"),
    };
    for (size_t i = 0; i < bound_call_count(call, "own"); i++)
        if (!augmentation_add(s, &config, call, "own", bound_call_value(call, "own", i)->text,
                              diagnostic))
            return false;
    struct error error;
    if (given && !augment_check(&config, &error))
        return fail(call, diagnostic, &error);
    if (bound_call_integer(call, "clean") > 0 && !augment_active(&config))
        return bound_call_diagnostic(
            call, diagnostic, "clean",
            "clean has no effect without an augmentation: use e.g. `augment rotate=15 shift=3 "
            "clean=3`");
    if (given) {
        s->data.augment = config;
        s->data.clean_epochs = (int)bound_call_integer(call, "clean");
        s->data.version++;
    }
    show_augmentation(s);
    return true;
}

bool run_augment_off(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic)
{
    if (!data_need(s, call, diagnostic))
        return false;
    s->data.augment = (struct augment_config){0};
    s->data.clean_epochs = 0;
    s->data.version++;
    show_augmentation(s);
    return true;
}

bool run_augment_show(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic)
{
    enum { ORIGINALS = 4, VARIANTS = 8 };
    if (!data_need(s, call, diagnostic))
        return false;
    const struct dataset *data = s->data.prepared;
    struct selection all = {.name = "train", .part = &data->train, .count = data->train.count};
    int first;
    struct error error;
    if (!pick_image(call, &all, &first, diagnostic))
        return false;
    if (!augment_active(&s->data.augment)) {
        error_set(
            &error, ERROR_STATE,
            "no augmentation is set: use e.g. `augment rotate=15 shift=3 scale=0.15 shear=10` "
            "first");
        return fail(call, diagnostic, &error);
    }
    int count = all.count - first < ORIGINALS ? all.count - first : ORIGINALS;
    size_t size = dataset_image_size(data);
    unsigned char *variants = malloc((size_t)count * VARIANTS * size);
    if (variants == NULL)
        return bound_call_diagnostic(call, diagnostic, NULL, "out of memory");
    for (int i = 0; i < count * VARIANTS; i++)
        augment_image(&s->data.augment, variants + (size_t)i * size,
                      dataset_image(data, &data->train, first + i / VARIANTS), data->rows,
                      data->columns, 42, (uint32_t)(1 + i % VARIANTS),
                      (uint32_t)(first + i / VARIANTS));
    const char *captions[ORIGINALS];
    char what[AUGMENTATION_SIZE];
    for (int i = 0; i < count; i++)
        captions[i] = dataset_class_name(s->data.loaded, data->train.labels[first + i]);
    struct picture picture = {0};
    struct plot_error plot_error;
    const struct plot_variants config = {
        .title = "Augmentation: training images and eight variants of each",
        .originals = {.bytes = dataset_image(data, &data->train, first),
                      .count = count,
                      .rows = data->rows,
                      .columns = data->columns},
        .variants = {.bytes = variants,
                     .count = count * VARIANTS,
                     .rows = data->rows,
                     .columns = data->columns},
        .captions = captions,
        .what = augmentation_text(what, sizeof what, &s->data.augment, 0),
    };
    bool done =
        show_picture(s, call, diagnostic, plot_variants(s->gnuplot, &config, &picture, &plot_error),
                     &picture, &plot_error);
    free(variants);
    return done;
}
