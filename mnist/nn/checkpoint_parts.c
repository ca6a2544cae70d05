/*
 * checkpoint_parts - four names.
 */
#include "mnist/nn/checkpoint_parts.h"

static void add_name(json_t *object, enum custom_kind kind, const void *part)
{
    if (part != NULL) /* which begins with its name */
        json_object_set_new(object, custom_kind_name(kind), json_string(part));
}

bool checkpoint_parts_any(const struct trainer_config *config)
{
    return config->custom_optimizer != NULL || config->custom_schedule != NULL ||
           config->custom_loss != NULL || config->metric != NULL;
}

json_t *checkpoint_parts_json(const struct trainer_config *config)
{
    json_t *object = json_object();
    add_name(object, CUSTOM_OPTIMIZER, config->custom_optimizer);
    add_name(object, CUSTOM_SCHEDULE, config->custom_schedule);
    add_name(object, CUSTOM_LOSS, config->custom_loss);
    add_name(object, CUSTOM_METRIC, config->metric);
    return object;
}

/* The part of this kind that the object names; NULL = it names none, or, with error set, one that is not there. */
static const void *find(const json_t *object, enum custom_kind kind, struct error *error)
{
    const char *name = json_string_value(json_object_get(object, custom_kind_name(kind)));
    const void *part = name != NULL ? custom_find(kind, name) : NULL;
    if (name != NULL && part == NULL)
        error_set(
            error, ERROR_STATE,
            "this training needs the %s `%.40s`, which no cell has registered: run the cell that "
            "does, then load it again",
            custom_kind_name(kind), name);
    return part;
}

bool checkpoint_parts_find(const struct model_file *file, struct trainer_config *config,
                           struct error *error)
{
    const char *text = model_file_metadata(file, CHECKPOINT_PARTS_KEY);
    json_t *object = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : json_object();
    if (object == NULL)
        return error_set(error, ERROR_DATA, "the model's %s is not JSON", CHECKPOINT_PARTS_KEY);
    struct error missing = {.kind = ERROR_NONE};
    config->metric = find(object, CUSTOM_METRIC, &missing);
    config->custom_loss = find(object, CUSTOM_LOSS, &missing);
    config->custom_schedule = find(object, CUSTOM_SCHEDULE, &missing);
    config->custom_optimizer = find(object, CUSTOM_OPTIMIZER, &missing);
    json_decref(object);
    if (missing.kind != ERROR_NONE && error != NULL)
        *error = missing;
    return missing.kind == ERROR_NONE;
}
