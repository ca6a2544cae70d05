/*
 * network_fixture - see network_fixture.h.
 */
#include "tests/unit/mnist/nn/network_fixture.h"

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/rng.h"

/* Sets the member of the spec that holds parameter i. */
static void read_value(struct layer_spec *spec, int i, const char *value)
{
    switch (spec->type->parameters[i].kind) {
    case LAYER_NUMBER: spec->numbers[i] = strtod(value, NULL); break;
    case LAYER_OUT: assert_int_equal(sscanf(value, "%d", &spec->out), 1); break;
    case LAYER_FILTER:
    case LAYER_WINDOW: assert_int_equal(sscanf(value, "%d", &spec->kernel), 1); break;
    case LAYER_STRIDE: assert_int_equal(sscanf(value, "%d", &spec->stride), 1); break;
    case LAYER_PAD:
        if (strcmp(value, "same") == 0)
            spec->pad = LAYER_PAD_SAME;
        else
            assert_int_equal(sscanf(value, "%d", &spec->pad), 1);
        break;
    case LAYER_RATE: assert_int_equal(sscanf(value, "%f", &spec->rate), 1); break;
    case LAYER_STATISTIC: spec->maximum = strcmp(value, "max") == 0; break;
    case LAYER_SOURCE: snprintf(spec->source, sizeof spec->source, "%s", value); break;
    }
}

/* The parameter that a word "name=value" or, without a name, the next positional one sets. */
static int find_parameter(const struct layer_type *type, const char *word, int *positional)
{
    const char *value = strchr(word, '=');
    int i = value == NULL ? (*positional)++ : 0;
    while (value != NULL && i < type->parameter_count &&
           (strncmp(type->parameters[i].name, word, (size_t)(value - word)) != 0 ||
            type->parameters[i].name[value - word] != '\0'))
        i++;
    if (i >= type->parameter_count)
        fail_msg("%s has no parameter for \"%s\"", type->name, word);
    return i;
}

static struct layer_spec spec_from_line(char *line, int number)
{
    char *rest = NULL, *word = strtok_r(line, " ", &rest);
    struct layer_spec spec = {.type = layer_type_find(word), .line = number};
    int positional = 0;
    if (spec.type == NULL)
        fail_msg("no layer \"%s\"", word);
    for (int i = 0; i < spec.type->parameter_count; i++)
        spec.numbers[i] = spec.type->parameters[i].fallback;
    while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
        int i = find_parameter(spec.type, word, &positional);
        read_value(&spec, i, strchr(word, '=') != NULL ? strchr(word, '=') + 1 : word);
    }
    return spec;
}

int specs_from_text(struct layer_spec specs[FIXTURE_SPECS_MAX], const char *text)
{
    char copy[1024], *rest = NULL;
    int count = 0;
    assert_true(strlen(text) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *line = strtok_r(copy, ";\n", &rest); line != NULL;
         line = strtok_r(NULL, ";\n", &rest)) {
        assert_true(count < FIXTURE_SPECS_MAX);
        specs[count] = spec_from_line(line, count + 1);
        count++;
    }
    return count;
}

struct network *network_from_text(const char *text, struct shape input, uint64_t seed)
{
    struct layer_spec specs[FIXTURE_SPECS_MAX];
    struct error error = {0};
    int count = specs_from_text(specs, text);
    struct network *network = network_new(specs, count, input, seed, &error);
    if (network == NULL)
        fail_msg("%s: line %d: %s", text, error.line, error.text);
    return network;
}

struct memory_images memory_images_make(struct shape shape, int count, uint64_t seed)
{
    size_t size = shape_size(shape);
    struct memory_images images = {shape, count, calloc((size_t)count * size, sizeof(float)),
                                   calloc((size_t)count, 1)};
    assert_non_null(images.x);
    assert_non_null(images.labels);
    struct rng rng = rng_stream(seed, RNG_SAMPLE, 0, 0);
    for (int i = 0; i < count; i++) {
        images.labels[i] = (uint8_t)rng_below(&rng, 10);
        for (size_t j = 0; j < size; j++)
            images.x[(size_t)i * size + j] = 2 * rng_uniform(&rng) - 1;
        for (size_t j = 0; j < size; j++)
            if (j * 10 / size == images.labels[i])
                images.x[(size_t)i * size + j] += 1.5f;
    }
    return images;
}

void memory_images_release(struct memory_images *images)
{
    free(images->x);
    free(images->labels);
    *images = (struct memory_images){0};
}

static void fill_from_memory(void *context, float *x, uint8_t *labels, const uint32_t *indices,
                             int count, int epoch)
{
    const struct memory_images *images = context;
    size_t size = shape_size(images->shape);
    (void)epoch;
    for (int i = 0; i < count; i++) {
        memcpy(x + (size_t)i * size, images->x + indices[i] * size, size * sizeof *x);
        if (labels != NULL)
            labels[i] = images->labels[indices[i]];
    }
}

struct data_source memory_source(struct memory_images *images)
{
    return (struct data_source){images, images->count, fill_from_memory};
}

void assert_close(const char *what, const float *got, const float *want, size_t count,
                  double absolute, double relative)
{
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)got[i] - (double)want[i]);
        if (!(difference <= absolute + relative * fabs((double)want[i])))
            fail_msg("%s[%zu of %zu]: got %.9g, want %.9g", what, i, count, (double)got[i],
                     (double)want[i]);
    }
}

struct model_file *open_reference(const char *name)
{
    char path[128];
    struct error error = {0};
    snprintf(path, sizeof path, "tests/reference/%s", name);
    struct model_file *file = model_file_open(path, &error);
    if (file == NULL)
        fail_msg("%s", error.text);
    return file;
}

float *reference_values(const struct model_file *file, const char *part, const char *name,
                        size_t count)
{
    char full[128];
    struct error error = {0};
    snprintf(full, sizeof full, "%s.%s", part, name);
    float *values = calloc(count, sizeof *values);
    assert_non_null(values);
    if (!model_file_read(file, full, values, count, &error))
        fail_msg("%s", error.text);
    return values;
}
