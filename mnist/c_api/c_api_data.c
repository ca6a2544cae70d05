/*
 * c_api_data - images and labels for mnist.h.
 *
 * The training and validation parts are index lists into the prepared data, so mnist_set copies
 * their images into one block, which is kept until the data change.
 */
#include <stdlib.h>
#include <string.h>

#include "mnist/c_api/c_api.h"
#include "mnist/process/process_state.h"

/* A part whose images are not adjacent in memory, copied into one block. */
struct gathered {
    uint64_t version; /* of the data */
    int count;
    size_t image_size;
    uint8_t *pixels, *labels;
};

static struct gathered parts[2]; /* MNIST_TRAIN, MNIST_VALIDATION */

/* This cell has a pointer that it may write through at any time, so each call copies the images
   again. */
static bool edited;

void c_api_settle_data(void)
{
    edited = false;
}

static struct session *need_data(const char *function)
{
    struct session *s = c_api_session(function);
    struct error error;
    char folder[PROJECT_PATHS_SIZE];
    if (s->data.loaded != NULL)
        return s;
    struct dataset *dataset = NULL;
    if (project_paths_join(folder, s->places.data, "raw", "", &error) &&
        (dataset = dataset_load(folder, DATASET_MNIST, NULL, &error)) == NULL)
        data_advise("mnist", &error);
    if (dataset == NULL)
        crash_fail("%s: %s", function, error.text);
    data_replace(s, dataset);
    return s;
}

struct selection c_api_select(const char *function, enum mnist_part part)
{
    const struct data *data = &need_data(function)->data;
    struct selection selection = {
        .name = "train", .part = &data->prepared->train, .count = data->prepared->train.count};
    switch (part) {
    case MNIST_TEST:
        selection.name = "test";
        selection.part = &data->prepared->test;
        selection.count = data->prepared->test.count;
        return selection;
    case MNIST_VALIDATION:
        if (data->validation == 0)
            crash_fail("%s: no images are held out for validation: run `preprocess "
                       "validation=5000` first",
                       function);
        selection.name = "validation";
        selection.items = data->split.validation;
        selection.count = data->split.validation_count;
        return selection;
    case MNIST_TRAIN:
        if (data->validation > 0) {
            selection.items = data->split.train;
            selection.count = data->split.train_count;
        }
        return selection;
    }
    crash_fail("%s: %d is not a part of the data: use MNIST_TRAIN, MNIST_VALIDATION or MNIST_TEST",
               function, (int)part);
    return selection;
}

/* The position of an image in the prepared data. */
static int position_of(const char *function, enum mnist_part part, int index,
                       struct selection *selection)
{
    *selection = c_api_select(function, part);
    if (index < 0 || index >= selection->count)
        crash_fail("%s: no image %d: the %s set has %d, counted from 0", function, index,
                   selection_noun(selection), selection->count);
    return selection_index(selection, index);
}

static void gather(struct gathered *to, const struct selection *selection)
{
    const struct data *data = &c_api_now()->data;
    size_t size = dataset_image_size(data->prepared);
    if (to->version == data->version && to->pixels != NULL && !edited)
        return;
    if (to->count != selection->count || to->image_size != size) {
        free(to->pixels);
        free(to->labels);
        to->pixels = malloc((size_t)selection->count * size);
        to->labels = malloc((size_t)selection->count);
        if (to->pixels == NULL || to->labels == NULL)
            crash_fail("mnist_set: out of memory for %d images", selection->count);
        to->count = selection->count;
        to->image_size = size;
    }
    for (int i = 0; i < selection->count; i++) {
        memcpy(to->pixels + (size_t)i * size, selection_image(c_api_now(), selection, i), size);
        to->labels[i] = (uint8_t)selection_label(selection, i);
    }
    to->version = data->version;
}

struct mnist_set mnist_set(enum mnist_part part)
{
    struct selection selection = c_api_select("mnist_set", part);
    const struct dataset *prepared = c_api_now()->data.prepared;
    struct mnist_set set = {.count = selection.count,
                            .rows = prepared->rows,
                            .columns = prepared->columns,
                            .pixels = selection.part->images,
                            .labels = selection.part->labels};
    if (selection.items != NULL) {
        struct gathered *gathered = &parts[part == MNIST_VALIDATION];
        gather(gathered, &selection);
        set.pixels = gathered->pixels;
        set.labels = gathered->labels;
    }
    return set;
}

const uint8_t *mnist_image(enum mnist_part part, int index)
{
    struct selection selection;
    int position = position_of("mnist_image", part, index, &selection);
    return dataset_image(c_api_now()->data.prepared, selection.part, position);
}

int mnist_label(enum mnist_part part, int index)
{
    struct selection selection;
    int position = position_of("mnist_label", part, index, &selection);
    return selection.part->labels[position];
}

static void edit(const char *function)
{
    struct error error;
    if (!dataset_edit(c_api_now()->data.prepared, &error))
        crash_fail("%s: %s", function, error.text);
    c_api_now()->data.version++;
    edited = true;
}

uint8_t *mnist_edit_image(enum mnist_part part, int index)
{
    struct selection selection;
    int position = position_of("mnist_edit_image", part, index, &selection);
    edit("mnist_edit_image");
    return (uint8_t *)(uintptr_t)dataset_image(c_api_now()->data.prepared, selection.part,
                                               position);
}

void mnist_edit_label(enum mnist_part part, int index, int label)
{
    struct selection selection;
    int position = position_of("mnist_edit_label", part, index, &selection);
    if (label < 0 || label >= DATASET_CLASSES)
        crash_fail("mnist_edit_label: a label must be 0 to %d, not %d", DATASET_CLASSES - 1, label);
    edit("mnist_edit_label");
    ((uint8_t *)(uintptr_t)selection.part->labels)[position] = (uint8_t)label;
}

static size_t image_size(const struct session *s)
{
    if (s->data.prepared != NULL)
        return dataset_image_size(s->data.prepared);
    return shape_size(network_input(s->model.network));
}

void mnist_input(const uint8_t *pixels, float *x)
{
    need_data("mnist_input");
    struct process_state_numbers cell;
    process_state_numbers_enter(&cell);
    normalize_bytes(&c_api_now()->data.preparation.normalization, x, pixels,
                    image_size(c_api_now()));
    process_state_numbers_leave(&cell);
}

const char *mnist_class_name(int label)
{
    need_data("mnist_class_name");
    if (label < 0 || label >= DATASET_CLASSES)
        crash_fail("mnist_class_name: a label must be 0 to %d, not %d", DATASET_CLASSES - 1, label);
    return dataset_class_name(c_api_now()->data.loaded, label);
}
