/*
 * picture_output - names of picture files, and writing them.
 */
#include "mnist/workspace/picture_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/atomic_file.h"
#include "mnist/workspace/session_state.h"

enum { PICTURE_NAME_SIZE = COMMAND_TITLE_SIZE + 16, PICTURES_OF_A_NAME_MAX = 10000 };

/* The first name that this session has not used. */
static bool pick_name(struct session *s, const char *title, char name[PICTURE_NAME_SIZE])
{
    for (int i = 1; i < PICTURES_OF_A_NAME_MAX; i++) {
        if (i == 1)
            snprintf(name, PICTURE_NAME_SIZE, "%s", title);
        else
            snprintf(name, PICTURE_NAME_SIZE, "%s-%d", title, i);
        if (live_names_find(&s->pictures_written, NAME_DATA, name) == NULL)
            return live_names_add(&s->pictures_written, NAME_DATA, name, NULL);
    }
    return false;
}

static bool write_one(struct session *s, const char *name, const char *suffix, const void *bytes,
                      size_t size, struct error *error)
{
    char path[PROJECT_PATHS_SIZE];
    if (bytes == NULL)
        return true;
    if (!project_paths_join(path, s->plot_folder, name, suffix, error) ||
        !atomic_file_write(path, &(struct atomic_file_part){bytes, size}, 1, error))
        return false;
    output_print(s->output, OUTPUT_STDOUT, "%s\n", path);
    return true;
}

static bool write_picture(struct session *s, const char *title, const struct picture *picture,
                          struct error *error)
{
    char name[PICTURE_NAME_SIZE];
    if (!atomic_file_make_folder(s->plot_folder, 0777, error))
        return false;
    if (!pick_name(s, title, name))
        return error_set(
            error, ERROR_SYSTEM,
            "this session has written %d pictures of this command: use `reset`, or set another "
            "folder with `set plot.folder=`",
            PICTURES_OF_A_NAME_MAX - 1);
    return write_one(s, name, ".svg", picture->svg, picture->svg_size, error) &&
           write_one(s, name, ".png", picture->png, picture->png_size, error);
}

/* Frees the format that `set plot.format=` excludes. */
static void keep_format(const struct session *s, struct picture *picture)
{
    if (strcmp(s->plot_format, "svg") == 0) {
        free(picture->png);
        picture->png = NULL;
    } else if (strcmp(s->plot_format, "png") == 0) {
        free(picture->svg);
        picture->svg = NULL;
    }
}

bool picture_output(struct session *s, const char *title, struct picture *picture,
                    struct error *error)
{
    keep_format(s, picture);
    bool written = s->plot_folder[0] == '\0' || write_picture(s, title, picture, error);
    output_picture(s->output, picture);
    return written;
}
