/*
 * checkpoint_plugins - four names.
 */
#include "mnist/nn/train/checkpoint_plugins.h"

static void add_name(json_t *object, enum plugin_kind kind, const void *part)
{
    if (part != NULL) /* which begins with its name */
        json_object_set_new(object, plugin_kind_name(kind), json_string(part));
}

bool checkpoint_parts_any(const struct trainer_config *config)
{
    return config->plugin_optimizer != NULL || config->plugin_schedule != NULL ||
           config->plugin_loss != NULL || config->metric != NULL;
}

json_t *checkpoint_parts_json(const struct trainer_config *config)
{
    json_t *object = json_object();
    add_name(object, PLUGIN_OPTIMIZER, config->plugin_optimizer);
    add_name(object, PLUGIN_SCHEDULE, config->plugin_schedule);
    add_name(object, PLUGIN_LOSS, config->plugin_loss);
    add_name(object, PLUGIN_METRIC, config->metric);
    return object;
}

/* The part of this kind that the object names; NULL = it names none, or, with error set, one that is not there. */
static const void *find(const json_t *object, enum plugin_kind kind, struct error *error)
{
    const char *name = json_string_value(json_object_get(object, plugin_kind_name(kind)));
    const void *part = name != NULL ? plugin_find(kind, name) : NULL;
    if (name != NULL && part == NULL)
        error_set(
            error, ERROR_STATE,
            "this training needs the %s `%.40s`, which no cell has registered: run the cell that "
            "does, then load it again",
            plugin_kind_name(kind), name);
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
    config->metric = find(object, PLUGIN_METRIC, &missing);
    config->plugin_loss = find(object, PLUGIN_LOSS, &missing);
    config->plugin_schedule = find(object, PLUGIN_SCHEDULE, &missing);
    config->plugin_optimizer = find(object, PLUGIN_OPTIMIZER, &missing);
    json_decref(object);
    if (missing.kind != ERROR_NONE && error != NULL)
        *error = missing;
    return missing.kind == ERROR_NONE;
}
