/*
 * picture - the result of a plot function: a picture, or a diagnostic.
 */
#include "mnist/commands/picture.h"

#include "mnist/base/shared_limits.h"
#include "mnist/workspace/picture_output.h"
#include "mnist/workspace/session_state.h"
#include "plots/plots.h"

_Static_assert((int)GRID_IMAGES_MAX <= (int)PLOT_IMAGES_MAX, "a grid of images fits one plot");

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
    return picture_output(s, title, picture, &error) || fail(call, diagnostic, &error);
}
