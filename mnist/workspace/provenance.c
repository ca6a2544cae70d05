/*
 * provenance - a short list of training sets; leakage is computed by reproducing their splits.
 */
#include "mnist/workspace/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"
#include "mnist/data/split.h"

static bool same_entry(const struct training_images *a, const struct training_images *b)
{
    return strcmp(a->hash, b->hash) == 0 && strcmp(a->name, b->name) == 0 &&
           a->validation == b->validation && a->split_seed == b->split_seed;
}

static void merge_oldest(struct provenance *provenance)
{
    struct training_images *oldest = &provenance->entries[0];
    for (int i = 1; i < provenance->count; i++) {
        struct training_images *entry = &provenance->entries[i];
        if (strcmp(entry->source_hash, oldest->source_hash) == 0) {
            entry->validation = 0;
            break;
        }
    }
    provenance->count--;
    memmove(oldest, oldest + 1, (size_t)provenance->count * sizeof *oldest);
}

void provenance_add(struct provenance *provenance, const struct training_images *entry)
{
    const struct training_images *last = provenance_last(provenance);
    if (last != NULL && same_entry(last, entry))
        return;
    if (provenance->count == PROVENANCE_MAX)
        merge_oldest(provenance);
    provenance->entries[provenance->count++] = *entry;
}

const struct training_images *provenance_last(const struct provenance *provenance)
{
    return provenance->count > 0 ? &provenance->entries[provenance->count - 1] : NULL;
}

bool provenance_knows(const struct provenance *provenance, struct dataset *dataset)
{
    const struct training_images *last = provenance_last(provenance);
    if (last == NULL)
        return true;
    return last->hash[0] != '\0' ? strcmp(last->hash, dataset_hash(dataset)) == 0
                                 : strcmp(last->name, dataset->name) == 0;
}

/* True if both derive from the same source, so that images have the same index. */
static bool same_images(const struct training_images *entry, struct dataset *dataset)
{
    return entry->source_hash[0] != '\0'
               ? strcmp(entry->source_hash, dataset_source_hash(dataset)) == 0
               : strcmp(entry->name, dataset->name) == 0;
}

/* seen[i] = true for each training image of the entry. */
static bool mark_training(bool *seen, const struct training_images *entry,
                          const struct dataset_part *train, struct error *error)
{
    struct split split;
    if (entry->validation == 0 || entry->validation >= train->count) {
        for (int i = 0; i < train->count; i++)
            seen[i] = true;
        return true;
    }
    if (!split_make(&split, train->labels, train->count, entry->validation, entry->split_seed,
                    error))
        return false;
    for (int i = 0; i < split.train_count; i++)
        seen[split.train[i]] = true;
    split_release(&split);
    return true;
}

bool provenance_leakage(const struct provenance *provenance, struct dataset *dataset,
                        const uint32_t *items, int count, int *leaked, struct error *error)
{
    const struct dataset_part *train = &dataset->train;
    bool *seen = calloc((size_t)train->count + 1, sizeof *seen);
    bool done = seen != NULL || error_memory(error, "the list of training images",
                                             (unsigned long long)train->count);
    for (int i = 0; done && i < provenance->count; i++)
        if (same_images(&provenance->entries[i], dataset))
            done = mark_training(seen, &provenance->entries[i], train, error);
    *leaked = 0;
    for (int i = 0; done && i < count; i++)
        *leaked += seen[items[i]];
    free(seen);
    return done;
}

/* ---- as JSON --------------------------------------------------------------------------------- */

char *provenance_text(const struct provenance *provenance)
{
    json_t *list = json_array();
    for (int i = 0; i < provenance->count; i++) {
        const struct training_images *entry = &provenance->entries[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:I}", "data", entry->name,
                                              "hash", entry->hash, "source", entry->source_hash,
                                              "validation", entry->validation, "split_seed",
                                              (json_int_t)entry->split_seed));
    }
    bool whole = json_array_size(list) == (size_t)provenance->count;
    char *text = whole ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

static bool read_text(char *to, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL)
        return false;
    utf8_visible(to, size, text, false);
    return true;
}

static bool read_entry(struct training_images *entry, const json_t *object)
{
    const json_t *validation = json_object_get(object, "validation"),
                 *seed = json_object_get(object, "split_seed");
    json_int_t held_out = json_integer_value(validation);
    *entry = (struct training_images){0};
    entry->validation = (int)held_out;
    entry->split_seed = (uint64_t)json_integer_value(seed);
    return read_text(entry->name, sizeof entry->name, object, "data") &&
           read_text(entry->hash, sizeof entry->hash, object, "hash") &&
           read_text(entry->source_hash, sizeof entry->source_hash, object, "source") &&
           json_is_integer(validation) && held_out >= 0 && held_out <= IDX_COUNT_MAX &&
           json_is_integer(seed);
}

bool provenance_parse(struct provenance *provenance, const char *text)
{
    json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    size_t count = json_array_size(list);
    bool done = json_is_array(list) && count <= PROVENANCE_MAX;
    *provenance = (struct provenance){0};
    for (size_t i = 0; done && i < count; i++)
        done = read_entry(&provenance->entries[i], json_array_get(list, i));
    provenance->count = done ? (int)count : 0;
    json_decref(list);
    return done;
}
