/*
 * project_paths - all paths follow from the folder of the program.
 *
 *     PROJECT/build/release/mnist     -> home PROJECT, templates PROJECT/plots
 *     PREFIX/bin/mnist, PREFIX/libexec/mnist/mnist-session -> templates PREFIX/share/mnist/plots
 */
#include "mnist/workspace/project_paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool project_paths_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool project_paths_join(char path[PROJECT_PATHS_SIZE], const char *folder, const char *name,
                        const char *suffix, struct error *error)
{
    int size = snprintf(path, PROJECT_PATHS_SIZE, "%s/%s%s", folder, name, suffix);
    if (size < 0 || size >= PROJECT_PATHS_SIZE)
        return error_set(error, ERROR_SYSTEM, "the path %.200s/... is longer than %d bytes", folder,
                         PROJECT_PATHS_SIZE - 1);
    return true;
}

const char *project_paths_shown(const struct project_paths *places, const char *path)
{
    size_t size = strlen(places->home);
    bool below = strncmp(path, places->home, size) == 0 && path[size] == '/';
    return places->in_project && below ? path + size + 1 : path;
}

/* Removes the last component of path. False if there is none. */
static bool parent(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return false;
    *slash = '\0';
    return true;
}

/* The folder of the running program, with symbolic links resolved. */
static bool program_folder(char folder[PROJECT_PATHS_SIZE], const char *executable)
{
    char whole[PATH_MAX];
    if (realpath("/proc/self/exe", whole) == NULL && realpath(executable, whole) == NULL)
        return false;
    if (!parent(whole) || strlen(whole) >= PROJECT_PATHS_SIZE)
        return false;
    memcpy(folder, whole, strlen(whole) + 1);
    return true;
}

static bool set(char place[PROJECT_PATHS_SIZE], const char *folder, const char *below)
{
    return snprintf(place, PROJECT_PATHS_SIZE, "%s%s", folder, below) < PROJECT_PATHS_SIZE;
}

/* Searches folder and its parents for the templates and the project; project is "" if not found. */
enum { UPWARDS_MAX = 8 };

static bool search_upwards(const char *start, char project[PROJECT_PATHS_SIZE],
                           char templates[PROJECT_PATHS_SIZE])
{
    char folder[PROJECT_PATHS_SIZE], probe[PROJECT_PATHS_SIZE + 64];
    project[0] = '\0';
    snprintf(folder, sizeof folder, "%s", start);
    for (int level = 0; level < UPWARDS_MAX; level++) {
        snprintf(probe, sizeof probe, "%s/plots/theme.gp", folder);
        if (project_paths_exists(probe))
            return set(project, folder, "") && set(templates, folder, "/plots");
        snprintf(probe, sizeof probe, "%s/share/mnist/plots/theme.gp", folder);
        if (project_paths_exists(probe))
            return set(templates, folder, "/share/mnist/plots");
        if (!parent(folder))
            break;
    }
    return set(templates, start, "/plots");
}

static bool find_home(char home[PROJECT_PATHS_SIZE], const char *project)
{
    const char *named = getenv("MNIST_HOME"), *shared = getenv("XDG_DATA_HOME"),
               *user = getenv("HOME");
    if (named != NULL && named[0] != '\0')
        return set(home, named, "");
    if (project[0] != '\0')
        return set(home, project, "");
    if (shared != NULL && shared[0] == '/')
        return set(home, shared, "/mnist");
    return set(home, user != NULL && user[0] != '\0' ? user : ".",
               user != NULL ? "/.local/share/mnist" : "");
}

/* Next to the program, or PREFIX/libexec/mnist for PREFIX/bin/mnist. */
static bool find_clang(char clang[PROJECT_PATHS_SIZE], const char *folder)
{
    return set(clang, folder, "/mnist-clang") &&
           (project_paths_exists(clang) || set(clang, folder, "/../libexec/mnist/mnist-clang"));
}

static bool find_include(char include[PROJECT_PATHS_SIZE], const char *project,
                         const char *templates)
{
    char above[PROJECT_PATHS_SIZE];
    if (project[0] != '\0')
        return set(include, project, "/mnist/c_api/include");
    return set(above, templates, "") && parent(above) && set(include, above, "/include");
}

static bool find_fetch(char fetch[PROJECT_PATHS_SIZE], const char *project, const char *templates)
{
    char above[PROJECT_PATHS_SIZE];
    if (project[0] != '\0')
        return set(fetch, project, "/.make/fetch-data");
    return set(above, templates, "") && parent(above) && set(fetch, above, "/fetch-data");
}

bool project_paths_find(struct project_paths *places, const char *executable, struct error *error)
{
    char folder[PROJECT_PATHS_SIZE] = ".", project[PROJECT_PATHS_SIZE];
    const char *data = getenv("MNIST_DATA");
    program_folder(folder, executable);
    bool fits = search_upwards(folder, project, places->templates) &&
                find_clang(places->clang, folder) &&
                find_include(places->include, project, places->templates) &&
                find_fetch(places->fetch, project, places->templates) &&
                find_home(places->home, project) && set(places->models, places->home, "/models") &&
                (data != NULL && data[0] != '\0' ? set(places->data, data, "")
                                                 : set(places->data, places->home, "/data"));
    places->in_project = fits && project[0] != '\0' && strcmp(places->home, project) == 0;
    if (!fits)
        return error_set(
            error, ERROR_SYSTEM,
            "the path to the data or models is longer than %d bytes: set MNIST_HOME to a shorter "
            "path",
            PROJECT_PATHS_SIZE - 1);
    return true;
}
