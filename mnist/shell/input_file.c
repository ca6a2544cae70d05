/*
 * input_file - reads a file of commands or a notebook into memory (see input_file.h).
 */
#include "mnist/shell/input_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/errors.h"
#include "mnist/base/string_buffer.h"
#include "mnist/language/cell.h"
#include "mnist/shell/notebook.h"

enum { READ_SIZE = 64 * 1024 };

/* The content of a file and a NUL. Caller frees. NULL with errno set; EFBIG above
   NOTEBOOK_SIZE_MAX. */
static char *read_all(FILE *file)
{
    char part[READ_SIZE];
    size_t size;
    struct string_buffer text;
    string_buffer_init(&text, NOTEBOOK_SIZE_MAX);
    while (!text.failed && (size = fread(part, 1, sizeof part, file)) > 0)
        string_buffer_add_bytes(&text, part, size);
    if (text.failed)
        errno = text.size + sizeof part > NOTEBOOK_SIZE_MAX ? EFBIG : ENOMEM;
    else if (ferror(file) == 0)
        return string_buffer_take(&text);
    string_buffer_release(&text);
    return NULL;
}

char *input_file_read(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char *text = file != NULL ? read_all(file) : NULL;
    struct error error;
    if (text == NULL) {
        error_system(&error, "%s", path);
        fprintf(stderr, "mnist: %s\n", error.text);
    }
    if (file != NULL && file != stdin)
        fclose(file);
    if (text != NULL && strlen(text) > CELL_SIZE_MAX && !notebook_is_one(path, text)) {
        error_set(&error, ERROR_DATA, "%s: longer than %d MiB", path, CELL_SIZE_MAX >> 20);
        fprintf(stderr, "mnist: %s\n", error.text);
        free(text);
        return NULL;
    }
    return text;
}
