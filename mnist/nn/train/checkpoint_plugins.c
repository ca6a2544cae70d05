/*
 * checkpoint_plugins - a JSON object with the names of up to four plugins: optimizer, schedule,
 * loss and metric. The plugins of layers are not included: the network's text names them.
 */
#include "mnist/nn/train/checkpoint_plugins.h"

static void add_name(json_t *object, enum plugin_kind kind, const void *plugin)
{
    if (plugin != NULL) /* the name is the first member of each plugin struct */
        json_object_set_new(object, plugin_kind_name(kind), json_string(plugin));
}

bool checkpoint_plugins_any(const struct trainer_config *config)
{
    return config->plugin_optimizer != NULL || config->plugin_schedule != NULL ||
           config->plugin_loss != NULL || config->metric != NULL;
}

json_t *checkpoint_plugins_json(const struct trainer_config *config)
{
    json_t *object = json_object();
    add_name(object, PLUGIN_OPTIMIZER, config->plugin_optimizer);
    add_name(object, PLUGIN_SCHEDULE, config->plugin_schedule);
    add_name(object, PLUGIN_LOSS, config->plugin_loss);
    add_name(object, PLUGIN_METRIC, config->metric);
    return object;
}

/* The plugin of this kind that the object names. NULL if it names none; NULL with error if the
   plugin is not registered. */
static const void *find_plugin(const json_t *object, enum plugin_kind kind, struct error *error)
{
    const char *name = json_string_value(json_object_get(object, plugin_kind_name(kind)));
    const void *plugin = name != NULL ? plugin_find(kind, name) : NULL;
    if (name != NULL && plugin == NULL)
        error_set(
            error, ERROR_STATE,
            "this training needs the %s `%.40s`, which is not registered: run the C cell that "
            "registers it, then load the model again",
            plugin_kind_name(kind), name);
    return plugin;
}

bool checkpoint_plugins_find(const struct model_file *file, struct trainer_config *config,
                             struct error *error)
{
    const char *text = model_file_metadata(file, CHECKPOINT_PLUGINS_KEY);
    json_t *object = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : json_object();
    if (object == NULL)
        return error_set(error, ERROR_DATA, "the model's %s is not valid JSON: the file is damaged",
                         CHECKPOINT_PLUGINS_KEY);
    struct error missing = {.kind = ERROR_NONE};
    config->metric = find_plugin(object, PLUGIN_METRIC, &missing);
    config->plugin_loss = find_plugin(object, PLUGIN_LOSS, &missing);
    config->plugin_schedule = find_plugin(object, PLUGIN_SCHEDULE, &missing);
    config->plugin_optimizer = find_plugin(object, PLUGIN_OPTIMIZER, &missing);
    json_decref(object);
    if (missing.kind != ERROR_NONE && error != NULL)
        *error = missing;
    return missing.kind == ERROR_NONE;
}
