/*
 * null_output - empty functions; see null_output.h.
 */
#include "mnist/output/null_output.h"

static void drop_text(struct output *output, enum output_stream stream, const char *bytes,
                      size_t size)
{
    (void)output, (void)stream, (void)bytes, (void)size;
}

static void drop_table(struct output *output, const struct table *table)
{
    (void)output, (void)table;
}

static void drop_picture(struct output *output, const struct picture *picture)
{
    (void)output, (void)picture;
}

static void drop_markdown(struct output *output, const char *markdown, const char *plain)
{
    (void)output, (void)markdown, (void)plain;
}

static void drop_plain(struct output *output, const char *plain)
{
    (void)output, (void)plain;
}

static void drop_progress(struct output *output, const struct progress_display *progress)
{
    (void)output, (void)progress;
}

static void drop_progress_end(struct output *output)
{
    (void)output;
}

static void drop_clear(struct output *output, bool wait)
{
    (void)output, (void)wait;
}

static bool refuse(struct output *output, const char *prompt, bool secret, char **answer,
                   struct error *error)
{
    (void)output, (void)prompt, (void)secret, (void)answer;
    return error_set(error, ERROR_STATE, "input is not possible while a cell is repeated");
}

struct output *null_output(void)
{
    static struct output output = {drop_text,  drop_table, drop_picture,  drop_markdown,
                                   drop_plain, drop_plain, drop_progress, drop_progress_end,
                                   drop_clear, refuse,     NULL};
    return &output;
}
