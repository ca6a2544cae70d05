/*
 * model_path - the paths of saved networks and of checkpoints.
 */
#include "mnist/commands/model_path.h"

#include "mnist/workspace/session_state.h"

#include <stdio.h>
#include <string.h>

bool model_path_saved(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                      struct error *error)
{
    size_t size = strlen(name), end = sizeof MODEL_SUFFIX - 1;
    if (strchr(name, '/') != NULL || (size > end && strcmp(name + size - end, MODEL_SUFFIX) == 0))
        return snprintf(path, PROJECT_PATHS_SIZE, "%s", name) < PROJECT_PATHS_SIZE ||
               error_set(error, ERROR_USAGE, "the path must have at most %d bytes, not %zu",
                         PROJECT_PATHS_SIZE - 1, size);
    return project_paths_join(path, s->places.models, name, MODEL_SUFFIX, error);
}

bool model_path_find(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                     struct error *error)
{
    if (!model_path_saved(s, name, path, error))
        return false;
    if (project_paths_exists(path) || strchr(name, '/') != NULL ||
        (model_path_checkpoint(s, name, path, error) && project_paths_exists(path)))
        return true;
    return error_set(error, ERROR_USAGE,
                     "there is no saved network `%s` in %s: `model list` lists the saved networks",
                     name, project_paths_shown(&s->places, s->places.models));
}

bool model_path_checkpoint(const struct session *s, const char *name, char path[PROJECT_PATHS_SIZE],
                           struct error *error)
{
    char folder[PROJECT_PATHS_SIZE];
    return project_paths_join(folder, s->places.data, "checkpoints", "", error) &&
           project_paths_join(path, folder, name, MODEL_SUFFIX, error);
}

void model_path_strip(char plain[NAME_SIZE], const char *name)
{
    size_t size = strlen(name), end = sizeof MODEL_SUFFIX - 1;
    bool suffixed = size > end && strcmp(name + size - end, MODEL_SUFFIX) == 0;
    snprintf(plain, NAME_SIZE, "%.*s", (int)(suffixed ? size - end : size), name);
}
