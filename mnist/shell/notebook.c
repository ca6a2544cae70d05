/*
 * notebook - JSON to the sources of code cells; see notebook.h.
 */
#include "mnist/shell/notebook.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { NBFORMAT = 4 };

bool notebook_is_one(const char *path, const char *text)
{
    static const char suffix[] = ".ipynb";
    size_t size = strlen(path);
    bool named = size >= sizeof suffix && strcmp(path + size - (sizeof suffix - 1), suffix) == 0;
    return named || text[strspn(text, " \t\r\n")] == '{';
}

/* The source of a cell: a string, or a list of lines with line ends. Caller frees. NULL if it is
   neither, or if memory runs out. */
static char *source_of(const json_t *cell)
{
    const json_t *source = json_object_get(cell, "source");
    if (json_is_string(source))
        return strdup(json_string_value(source));
    char *text = NULL;
    size_t size, index;
    json_t *line;
    FILE *to = json_is_array(source) ? open_memstream(&text, &size) : NULL;
    if (to == NULL)
        return NULL;
    bool good = true;
    json_array_foreach(source, index, line) {
        good = good && json_is_string(line);
        fputs(good ? json_string_value(line) : "", to);
    }
    if (fclose(to) == 0 && good)
        return text;
    free(text);
    return NULL;
}

static bool may_fail(const json_t *cell)
{
    size_t index;
    const json_t *tag, *tags = json_object_get(json_object_get(cell, "metadata"), "tags");
    json_array_foreach(tags, index, tag) {
        const char *word = json_string_value(tag);
        if (word != NULL && strcmp(word, "raises-exception") == 0)
            return true;
    }
    return false;
}

/* The language, from one of two places in the metadata; NULL = not stated. */
static const char *language_of(const json_t *root)
{
    const json_t *metadata = json_object_get(root, "metadata");
    const char *name =
        json_string_value(json_object_get(json_object_get(metadata, "kernelspec"), "language"));
    return name != NULL ? name
                        : json_string_value(
                              json_object_get(json_object_get(metadata, "language_info"), "name"));
}

/* Checks format, cells and language. */
static bool check_root(const json_t *root, const char *path, struct error *error)
{
    const json_t *format = json_object_get(root, "nbformat"),
                 *cells = json_object_get(root, "cells");
    const char *language = language_of(root);
    if (!json_is_object(root) || !json_is_integer(format))
        return error_set(error, ERROR_DATA,
                         "%s is not a Jupyter notebook: a JSON object with \"nbformat\" and "
                         "\"cells\" was expected",
                         path);
    if (json_integer_value(format) != NBFORMAT)
        return error_set(
            error, ERROR_DATA,
            "%s has notebook format %lld, but this program reads format %d: convert it "
            "with `jupyter nbconvert --to notebook`",
            path, (long long)json_integer_value(format), NBFORMAT);
    if (!json_is_array(cells) || json_array_size(cells) > NOTEBOOK_CELLS_MAX)
        return error_set(
            error, ERROR_DATA,
            "%s is not a Jupyter notebook: \"cells\" must be a list of at most %d cells", path,
            NOTEBOOK_CELLS_MAX);
    if (language != NULL && strcmp(language, "mnist") != 0)
        return error_set(error, ERROR_DATA,
                         "%s is a notebook for the language %s; this program runs notebooks for "
                         "mnist",
                         path, language);
    return true;
}

/* Adds a code cell; a cell of another type is skipped. index counts all cells from 1. */
static bool add_cell(struct notebook *notebook, const json_t *cell, size_t index, const char *path,
                     struct error *error)
{
    const char *type = json_string_value(json_object_get(cell, "cell_type"));
    if (type == NULL)
        return error_set(error, ERROR_DATA, "%s: cell %zu has no \"cell_type\"", path, index);
    if (strcmp(type, "code") != 0)
        return true;
    char *source = source_of(cell);
    if (source == NULL)
        return error_set(error, ERROR_DATA,
                         "%s: the \"source\" of cell %zu must be a text or a list of texts", path,
                         index);
    notebook->cells[notebook->count++] = (struct notebook_cell){source, may_fail(cell)};
    return true;
}

bool notebook_read(struct notebook *notebook, const char *path, const char *text, size_t size,
                   struct error *error)
{
    json_error_t wrong;
    *notebook = (struct notebook){0};
    json_t *root = json_loadb(text, size, 0, &wrong), *cell;
    if (root == NULL)
        return error_set(error, ERROR_DATA, "%s is not a Jupyter notebook: line %d, column %d: %s",
                         path, wrong.line, wrong.column, wrong.text);
    const json_t *cells = json_object_get(root, "cells");
    bool read = check_root(root, path, error);
    if (read) {
        notebook->cells = calloc(json_array_size(cells) + 1, sizeof *notebook->cells);
        read = notebook->cells != NULL || error_memory(error, "the cells", 0);
    }
    size_t index;
    json_array_foreach(cells, index, cell)
        read = read && add_cell(notebook, cell, index + 1, path, error);
    json_decref(root);
    if (!read)
        notebook_release(notebook);
    return read;
}

void notebook_release(struct notebook *notebook)
{
    for (size_t i = 0; i < notebook->count; i++)
        free(notebook->cells[i].source);
    free(notebook->cells);
    *notebook = (struct notebook){0};
}
