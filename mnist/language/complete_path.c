/*
 * complete_path - reads one folder, at most COMPLETION_FOLDER_MAX entries of it.
 */
#include "mnist/language/complete_path.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mnist/base/string_buffer.h"
#include "mnist/language/home_path.h"

enum { PATH_SIZE_MAX = 4096, COMPLETION_FOLDER_MAX = 10000 };

/* True if the path contains blanks or characters that have a meaning in a cell. */
static bool needs_quotes(const char *path)
{
    return strpbrk(path, " \t\n\"'$\\#()[]=:?") != NULL || strstr(path, "\xC2\xA0") != NULL;
}

/* The path as written in a cell. The quote after a folder stays open, since the path continues. */
static char *path_source(const char *path, bool folder)
{
    struct string_buffer out;
    string_buffer_init(&out, 3 * PATH_SIZE_MAX);
    bool quotes = needs_quotes(path);
    string_buffer_add(&out, quotes ? "\"" : "");
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\' || *c == '$')
            string_buffer_add(&out, "\\");
        string_buffer_add_bytes(&out, c, 1);
    }
    string_buffer_add(&out, folder ? "/" : quotes ? "\"" : "");
    return string_buffer_take(&out);
}

/* stat of a path that may begin with `~`. */
static bool find_status(const char *path, struct stat *status)
{
    char *expanded = home_path_expand(path);
    bool found = expanded != NULL && stat(expanded, status) == 0;
    free(expanded);
    return found;
}

static DIR *open_folder(const char *path)
{
    char *expanded = home_path_expand(path);
    DIR *entries = expanded != NULL ? opendir(expanded) : NULL;
    free(expanded);
    return entries;
}

/* True if the file is valid for `folders_only` and `suffix`. */
static bool file_fits(const struct parameter *parameter, const char *name)
{
    size_t size = strlen(name), suffix = parameter->suffix == NULL ? 0 : strlen(parameter->suffix);
    return !parameter->folders_only && size >= suffix &&
           (suffix == 0 || strcmp(name + size - suffix, parameter->suffix) == 0);
}

static void offer_entry(struct matches *matches, const struct parameter *parameter,
                        const char *folder, const char *name)
{
    char path[PATH_SIZE_MAX];
    struct stat status;
    int size = snprintf(path, sizeof path, "%s%s", folder, name);
    if (size < 0 || (size_t)size >= sizeof path || !find_status(path, &status))
        return;
    bool is_folder = S_ISDIR(status.st_mode);
    if (!is_folder && !file_fits(parameter, name))
        return;
    char *source = path_source(path, is_folder);
    if (source != NULL)
        matches_offer(matches, path, source, "path", is_folder ? "folder" : "file");
    free(source);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct match *)a)->text, ((const struct match *)b)->text);
}

void complete_path(struct matches *matches, const struct parameter *parameter)
{
    const char *slash = strrchr(matches->typed, '/');
    size_t folder_size = slash == NULL ? 0 : (size_t)(slash + 1 - matches->typed);
    char folder[TYPED_SIZE + 2];
    snprintf(folder, sizeof folder, "%.*s", (int)folder_size, matches->typed);
    const char *beginning = matches->typed + folder_size;
    size_t first = matches->completion->count;
    DIR *entries = open_folder(folder_size == 0 ? "." : folder);
    if (entries == NULL)
        return;
    struct dirent *entry;
    for (int seen = 0; seen < COMPLETION_FOLDER_MAX && (entry = readdir(entries)) != NULL; seen++) {
        bool hidden = entry->d_name[0] == '.' && beginning[0] != '.';
        bool self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!hidden && !self &&
            (matches->fuzzy || strncmp(entry->d_name, beginning, strlen(beginning)) == 0))
            offer_entry(matches, parameter, folder, entry->d_name);
    }
    closedir(entries);
    if (matches->completion->count > first)
        qsort(matches->completion->matches + first, matches->completion->count - first,
              sizeof(struct match), by_text);
}
