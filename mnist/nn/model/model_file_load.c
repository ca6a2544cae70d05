/*
 * model_file_load - copies the tensors of an open model file into a network or an array.
 *
 * A network is loaded through a clone: names and shapes of all tensors, the hash and the values are
 * checked before the network itself is changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mnist/nn/model/model_file_internal.h"

enum { RANK_MAX = MODEL_TENSOR_RANK_MAX, SHAPE_TEXT_SIZE = 22 * RANK_MAX };

static const struct tensor_entry *find_entry(const struct model_file *file, const char *name)
{
    for (int i = 0; i < file->entry_count; i++)
        if (strcmp(file->entries[i].name, name) == 0)
            return &file->entries[i];
    return NULL;
}

static void copy_entry(const struct model_file *file, const struct tensor_entry *entry,
                       float *values)
{
    memcpy(values, file->bytes + file->data + entry->begin, entry->end - entry->begin);
}

/* "16, 1, 3, 3" */
static const char *shape_text(char text[SHAPE_TEXT_SIZE], const int64_t *dims, int rank)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < rank && used < SHAPE_TEXT_SIZE; i++)
        used += (size_t)snprintf(text + used, SHAPE_TEXT_SIZE - used, "%s%" PRId64,
                                 i > 0 ? ", " : "", dims[i]);
    return text;
}

static bool check_tensor(const struct model_file *file, const struct tensor *tensor,
                         struct error *error)
{
    const struct tensor_entry *entry = find_entry(file, tensor->name);
    if (entry == NULL)
        return model_file_damaged(file, error, "it does not contain the network's tensor %s",
                                  tensor->name);
    bool same = entry->rank == tensor->rank;
    for (int i = 0; same && i < tensor->rank; i++)
        same = entry->dims[i] == tensor->dims[i];
    if (!same) {
        char found[SHAPE_TEXT_SIZE], wanted[SHAPE_TEXT_SIZE];
        int64_t dims[RANK_MAX] = {0};
        for (int i = 0; i < tensor->rank; i++)
            dims[i] = tensor->dims[i];
        return model_file_damaged(file, error, "its tensor %s is [%s], but the network needs [%s]",
                                  tensor->name, shape_text(found, entry->dims, entry->rank),
                                  shape_text(wanted, dims, tensor->rank));
    }
    return true;
}

static bool check_hash(const struct model_file *file, const struct network *network,
                       struct error *error)
{
    const char *wanted = model_file_metadata(file, MODEL_KEY_HASH);
    char found[32];
    snprintf(found, sizeof found, "%016" PRIx64, network_hash(network));
    if (wanted != NULL && strcmp(wanted, found) != 0)
        return model_file_damaged(file, error,
                                  "the hash of its weights is %s, but its metadata contains %.32s",
                                  found, wanted);
    return true;
}

/* Weights must be finite, and a running variance, whose square root is computed, not negative. */
static bool check_values(const struct model_file *file, const struct network *network,
                         struct error *error)
{
    if (!network_finite(network))
        return model_file_damaged(file, error, "some of its weights are not finite numbers");
    for (int i = 0; i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        const float *values = network_values_const(network) + tensor->offset;
        if (tensor->role != TENSOR_RUNNING_VARIANCE)
            continue;
        for (size_t c = 0; c < tensor->count; c++)
            if (values[c] < 0)
                return model_file_damaged(file, error,
                                          "%s[%zu] is %g, but a variance cannot be negative",
                                          tensor->name, c, (double)values[c]);
    }
    return true;
}

bool model_file_load(const struct model_file *file, struct network *network, struct error *error)
{
    for (int i = 0; i < network_tensor_count(network); i++)
        if (!check_tensor(file, network_tensor(network, i), error))
            return false;
    struct network *copy = network_clone(network, error);
    if (copy == NULL)
        return false;
    for (int i = 0; i < network_tensor_count(network); i++) {
        const struct tensor *tensor = network_tensor(network, i);
        copy_entry(file, find_entry(file, tensor->name), network_values(copy) + tensor->offset);
    }
    bool done = check_hash(file, copy, error) && check_values(file, copy, error);
    if (done)
        memcpy(network_values(network), network_values(copy),
               network_value_count(network) * sizeof(float));
    network_free(&copy);
    return done;
}

bool model_file_read(const struct model_file *file, const char *name, float *values, size_t count,
                     struct error *error)
{
    const struct tensor_entry *entry = find_entry(file, name);
    if (entry == NULL)
        return model_file_damaged(file, error, "it does not contain the tensor %.60s", name);
    if (entry->end - entry->begin != count * sizeof(float))
        return model_file_damaged(file, error, "tensor %.60s has %" PRIu64 " values, expected %zu",
                                  name, (entry->end - entry->begin) / (uint64_t)sizeof(float),
                                  count);
    copy_entry(file, entry, values);
    return true;
}
