/*
 * home_path - the home folder from $HOME, or from the user database (getpwnam_r).
 */
#include "mnist/language/home_path.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_SIZE = 16384 /* bytes of one entry of the user database */ };

/* The home folder of a user; "" = the current user. In entry, or from the environment. NULL if
   unknown. */
static const char *home_of(const char *name, char entry[ENTRY_SIZE])
{
    struct passwd user, *found = NULL;
    const char *home = getenv("HOME");
    if (name[0] == '\0' && home != NULL && home[0] != '\0')
        return home;
    int failed = name[0] == '\0' ? getpwuid_r(getuid(), &user, entry, ENTRY_SIZE, &found)
                                 : getpwnam_r(name, &user, entry, ENTRY_SIZE, &found);
    return failed == 0 && found != NULL ? found->pw_dir : NULL;
}

char *home_path_expand(const char *path)
{
    char entry[ENTRY_SIZE], *expanded = NULL;
    if (path[0] != '~')
        return strdup(path);
    size_t size = strcspn(path + 1, "/");
    char *name = strndup(path + 1, size);
    if (name == NULL)
        return NULL;
    const char *home = home_of(name, entry);
    if (home == NULL)
        expanded = strdup(path);
    else if (asprintf(&expanded, "%s%s", home, path + 1 + size) < 0)
        expanded = NULL;
    free(name);
    return expanded;
}
