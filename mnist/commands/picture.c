/*
 * picture - passes a picture to the output, and writes it to the session's plot folder if it has
 * one.
 *
 * A file is named after its command ("plot-loss.svg"). Further pictures of the same command in the
 * session are "plot-loss-2.svg", "plot-loss-3.svg"..., so a script does not overwrite its own
 * pictures, and a second run of the script writes the same names.
 */
#include "mnist/commands/picture.h"

#include "mnist/base/atomic_file.h"
#include "mnist/base/shared_limits.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)GRID_IMAGES_MAX <= (int)PLOT_IMAGES_MAX, "a grid of images fits one plot");

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
    if (!atomic_file_make_folder(s->plot_folder, error))
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

static bool not_drawn(const struct bound_call *call, struct diagnostic *diagnostic,
                      const struct plot_error *error)
{
    struct error plain;
    enum error_kind kind = error->kind == PLOT_ERROR_INTERRUPTED ? ERROR_INTERRUPTED
                           : error->kind == PLOT_ERROR_DATA      ? ERROR_STATE
                                                                 : ERROR_SYSTEM;
    error_set(&plain, kind, "%s", error->text);
    return fail(call, diagnostic, &plain);
}

bool keep_picture(struct session *s, const char *title, struct picture *picture,
                  struct error *error)
{
    keep_format(s, picture);
    bool written = s->plot_folder[0] == '\0' || write_picture(s, title, picture, error);
    output_picture(s->output, picture);
    return written;
}

bool show_picture(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic,
                  bool drawn, struct picture *picture, const struct plot_error *plot_error)
{
    struct error error;
    char title[COMMAND_TITLE_SIZE];
    if (!drawn)
        return not_drawn(call, diagnostic, plot_error);
    command_title(title, bound_call_command(call));
    for (char *c = title; *c != '\0'; c++)
        *c = *c == ' ' ? '-' : *c;
    return keep_picture(s, title, picture, &error) || fail(call, diagnostic, &error);
}
