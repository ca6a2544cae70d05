/*
 * gnuplot - draws a script with the child process, as SVG and as PNG, and reads both pictures.
 *
 * The script (a header, the caller's definitions, the commands of both drawings) is written to a
 * memory file that gnuplot loads. gnuplot reads its standard input with one system call per byte
 * (98 ms for a grid of 40 digits), but files in blocks (9 ms).
 *
 * The last line of gnuplot's reply contains the job's number and GPVAL_ERRNO. After an error the
 * child process is ended, because its state is unknown.
 */
#include "plots/gnuplot.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/base/write_all.h"
#include "plots/gnuplot_process.h"
#include "plots/script.h"
#include "plots/svg.h"
#include "plots/text.h"

enum {
    COMMAND_SIZE = 1024, /* bytes of one job on standard input */
    PATH_SIZE = 4096,
    MARK_SIZE = 64,
    PNG_SCALE = 2,
};

/* A pixel is 1/96 inch, pngcairo's font sizes are in points of 1/72, the SVG's in pixels. */
#define POINTS_PER_PIXEL 0.75
#define FONT_SIZE        13

/* The svg terminal draws a disc of point size 1 with a radius of 5 pixels (4.5 and half a pen),
   pngcairo with 3. */
#define SVG_MARKER (5.0 / 3)

struct gnuplot {
    char plots_dir[PATH_SIZE];
    char *program; /* as configured, or NULL */
    int timeout_ms;
    bool (*stop)(void *context);
    void *stop_context;
    struct gnuplot_process child;
    unsigned long long jobs; /* number of jobs so far; each reply contains the number of its job */
};

__attribute__((format(printf, 3, 4))) static bool fail(struct plot_error *error,
                                                       enum plot_error_kind kind,
                                                       const char *format, ...)
{
    if (error != NULL) {
        va_list values;
        va_start(values, format);
        error->kind = kind;
        vsnprintf(error->text, sizeof error->text, format, values);
        va_end(values);
    }
    return false;
}

static const char *program_name(const struct gnuplot *gnuplot)
{
    const char *chosen = gnuplot->program != NULL ? gnuplot->program : getenv("MNIST_GNUPLOT");
    return chosen != NULL && chosen[0] != '\0' ? chosen : "gnuplot";
}

static bool start_child(struct gnuplot *gnuplot, struct plot_error *error)
{
    const char *program = program_name(gnuplot);
    int number = gnuplot_process_start(&gnuplot->child, program);
    if (number == 0)
        return true;
    if (number == ENOENT || number == EACCES || number == ENOTDIR)
        return fail(
            error, PLOT_ERROR_SYSTEM,
            "gnuplot was not found: \"%s\": %s. Install it (Debian and Ubuntu: apt-get install "
            "gnuplot-nox; Fedora: dnf install gnuplot; Arch: pacman -S gnuplot) or set "
            "MNIST_GNUPLOT to its path",
            program, strerror(number));
    return fail(error, PLOT_ERROR_SYSTEM, "gnuplot (\"%s\") cannot be started: %s", program,
                strerror(number));
}

/* ---- script -------------------------------------------------------------------------------- */

/* Writes the template's path and the size as gnuplot variables. */
static bool write_header(const struct gnuplot *gnuplot, const struct gnuplot_job *job)
{
    struct string_buffer header = {.maximum = GNUPLOT_SCRIPT_MAX};
    char path[PATH_SIZE + PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.gp", gnuplot->plots_dir, job->template);
    /* script_text changes a path that is not UTF-8. gnuplot then reports that the folder does not
       exist. */
    script_text(&header, "plots_dir", gnuplot->plots_dir);
    script_text(&header, "template", path);
    script_number(&header, "width", job->width);
    script_number(&header, "height", job->height);
    bool written = !header.failed && write_all(gnuplot->child.script, header.bytes, header.size);
    string_buffer_release(&header);
    return written;
}

/* Writes the commands of both drawings. Lines, points and text of the PNG are scaled to match the
   SVG. */
static bool write_drawing(const struct gnuplot *gnuplot, const struct gnuplot_job *job)
{
    char drawing[COMMAND_SIZE];
    int size =
        snprintf(drawing, sizeof drawing,
                 "\nset terminal svg noenhanced standalone fixed size %d,%d font '" SVG_FONT ",%d' "
                 "background '#ffffff'\n"
                 "set output '/dev/fd/%d'\nload template\nunset output\n"
                 "reset\n"
                 "set terminal pngcairo noenhanced size %d,%d font '" SVG_FONT
                 ",%d' fontscale %g linewidth %d "
                 "pointscale %g background '#ffffff'\n"
                 "set output '/dev/fd/%d'\nload template\nunset output\n",
                 job->width, job->height, FONT_SIZE, GNUPLOT_PROCESS_SVG, PNG_SCALE * job->width,
                 PNG_SCALE * job->height, FONT_SIZE, PNG_SCALE * POINTS_PER_PIXEL, PNG_SCALE,
                 PNG_SCALE * SVG_MARKER, GNUPLOT_PROCESS_PNG);
    assert(size > 0 && (size_t)size < sizeof drawing);
    return write_all(gnuplot->child.script, drawing, (size_t)size);
}

static bool write_script(struct gnuplot *gnuplot, const struct gnuplot_job *job)
{
    return ftruncate(gnuplot->child.script, 0) == 0 &&
           lseek(gnuplot->child.script, 0, SEEK_SET) == 0 &&
           ftruncate(gnuplot->child.svg, 0) == 0 && ftruncate(gnuplot->child.png, 0) == 0 &&
           write_header(gnuplot, job) &&
           write_all(gnuplot->child.script, job->definitions, job->definitions_size) &&
           write_drawing(gnuplot, job);
}

/* gnuplot's SVG begins with the last pen of the previous drawing. A small drawing to /dev/null
   before each picture makes the SVG independent of the pictures before it, byte for byte. */
static void make_commands(char *commands, size_t size, const char *mark)
{
    snprintf(commands, size,
             "reset\nreset errors\nundefine $*\nset encoding utf8\n"
             "set terminal svg\nset output '/dev/null'\nplot 0\nunset output\n"
             "load '/dev/fd/%d'\n"
             "print sprintf('%s%%d', GPVAL_ERRNO)\n",
             GNUPLOT_PROCESS_SCRIPT, mark);
}

/* ---- result -------------------------------------------------------------------------------- */

/* The content of a file, followed by a zero byte; NULL with errno set (EFBIG, ENODATA, ENOMEM or
   an error of pread). */
static char *read_whole(int file, size_t *size)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return NULL;
    if (status.st_size <= 0 || status.st_size > GNUPLOT_OUTPUT_MAX) {
        errno = status.st_size <= 0 ? ENODATA : EFBIG;
        return NULL;
    }
    size_t wanted = (size_t)status.st_size, used = 0;
    char *bytes = malloc(wanted + 1);
    while (bytes != NULL && used < wanted) {
        ssize_t part = pread(file, bytes + used, wanted - used, (off_t)used);
        if (part > 0) {
            used += (size_t)part;
        } else if (part == 0 || errno != EINTR) {
            free(bytes);
            return NULL;
        }
    }
    if (bytes != NULL)
        bytes[wanted] = '\0';
    *size = wanted;
    return bytes;
}

static bool read_picture(const struct gnuplot *gnuplot, const struct gnuplot_job *job,
                         struct picture *picture, struct plot_error *error)
{
    char title[TEXT_SIZE_MAX], sentence[PICTURE_SENTENCE_SIZE];
    text_clean(title, sizeof title, job->title);
    text_clean(sentence, sizeof sentence, job->sentence);
    struct picture made = {.width = job->width, .height = job->height};
    double scale = fmin(1, (double)PICTURE_SHOWN_MAX / job->width);
    made.shown_width = (int)lround(scale * job->width);
    made.shown_height = (int)lround(scale * job->height);
    size_t raw_size = 0;
    char *raw = read_whole(gnuplot->child.svg, &raw_size);
    if (raw != NULL)
        made.svg = svg_tidy(
            raw, raw_size, &(struct svg_page){title, sentence, made.shown_width, made.shown_height},
            &made.svg_size);
    free(raw);
    if (made.svg != NULL)
        made.png = (unsigned char *)read_whole(gnuplot->child.png, &made.png_size);
    if (made.png == NULL) {
        fail(error, PLOT_ERROR_SYSTEM, "gnuplot's picture of \"%s\" could not be read: %s",
             job->template, strerror(errno));
        picture_release(&made);
        return false;
    }
    memcpy(made.sentence, sentence, sizeof sentence);
    *picture = made;
    return true;
}

/* Appends a line to words[used], with white space reduced to single spaces. Returns the new
   used. */
static size_t add_words(char *words, size_t size, size_t used, const char *line, const char *end)
{
    for (const char *p = line; p < end && used + 2 < size; p++) {
        bool space = (unsigned char)*p <= ' ';
        if (space && used > 0 && words[used - 1] != ' ')
            words[used++] = ' ';
        else if (!space)
            words[used++] = *p;
    }
    if (used > 0 && words[used - 1] != ' ')
        words[used++] = ' ';
    return used;
}

/* Sets an error with gnuplot's message, on one line and without warnings:
   "/usr/share/mnist/plots/loss.gp" line 12: undefined variable: x. Returns false. */
static bool fail_with_message(const struct gnuplot *gnuplot, const struct gnuplot_job *job,
                              const char *end, struct plot_error *error)
{
    char words[PLOT_ERROR_TEXT_SIZE / 2];
    size_t used = 0;
    for (const char *line = gnuplot->child.reply; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next == NULL ? end : next;
        if (memmem(line, (size_t)(next - line), "arning", 6) == NULL)
            used = add_words(words, sizeof words, used, line, next);
        line = next < end ? next + 1 : end;
    }
    while (used > 0 && words[used - 1] == ' ')
        used--;
    words[used] = '\0';
    return fail(error, PLOT_ERROR_SYSTEM, "gnuplot could not draw \"%s\": %s", job->template,
                used > 0 ? words : "it ended without a message");
}

/* Draws with the running child process. *again is set if the process had already ended before the
   job, so that a new process may succeed. */
static bool try_to_draw(struct gnuplot *gnuplot, const struct gnuplot_job *job, bool is_new,
                        struct picture *picture, struct plot_error *error, bool *again)
{
    char mark[MARK_SIZE], commands[COMMAND_SIZE];
    snprintf(mark, sizeof mark, "drawn %llu errors ", ++gnuplot->jobs);
    make_commands(commands, sizeof commands, mark);
    if (!write_script(gnuplot, job))
        return fail(error, PLOT_ERROR_SYSTEM, "the script of \"%s\" could not be written: %s",
                    job->template, strerror(errno));
    struct gnuplot_process_talk talk = {.commands = commands,
                                        .mark = mark,
                                        .timeout_ms = gnuplot->timeout_ms,
                                        .poll_ms = GNUPLOT_POLL_MS,
                                        .stop = gnuplot->stop,
                                        .stop_context = gnuplot->stop_context};
    switch (gnuplot_process_converse(&gnuplot->child, &talk)) {
    case GNUPLOT_PROCESS_STOPPED: return fail(error, PLOT_ERROR_INTERRUPTED, "interrupted");
    case GNUPLOT_PROCESS_TOO_SLOW:
        return fail(error, PLOT_ERROR_SYSTEM,
                    "gnuplot did not finish \"%s\" within %.3g s and was ended", job->template,
                    gnuplot->timeout_ms / 1000.0);
    case GNUPLOT_PROCESS_GONE:
        *again = gnuplot->child.reply_size == 0 && !is_new;
        return fail_with_message(gnuplot, job, gnuplot->child.reply + gnuplot->child.reply_size,
                                 error);
    case GNUPLOT_PROCESS_ANSWERED: break;
    }
    const char *answer = gnuplot_process_find(&gnuplot->child, mark);
    if (strtol(answer + strlen(mark), NULL, 10) != 0)
        return fail_with_message(gnuplot, job, answer, error);
    return read_picture(gnuplot, job, picture, error);
}

bool gnuplot_draw(struct gnuplot *gnuplot, const struct gnuplot_job *job, struct picture *picture,
                  struct plot_error *error)
{
    assert(job->template != NULL && job->width > 0 && job->height > 0);
    bool again = true, drawn = false;
    while (again && !drawn) {
        again = false;
        bool is_new = !gnuplot_process_is_alive(&gnuplot->child);
        if (is_new && !start_child(gnuplot, error))
            return false;
        drawn = try_to_draw(gnuplot, job, is_new, picture, error, &again);
        if (!drawn)
            gnuplot_process_end(&gnuplot->child);
    }
    return drawn;
}

/* ---- life of the struct -------------------------------------------------------------------- */

struct gnuplot *gnuplot_new(const struct gnuplot_config *config)
{
    assert(config->plots_dir != NULL);
    struct gnuplot *gnuplot = calloc(1, sizeof *gnuplot);
    if (gnuplot == NULL)
        return NULL;
    char resolved[PATH_MAX];
    const char *plots_dir = realpath(config->plots_dir, resolved);
    snprintf(gnuplot->plots_dir, sizeof gnuplot->plots_dir, "%s",
             plots_dir != NULL ? plots_dir : config->plots_dir);
    if (config->program != NULL) {
        gnuplot->program = strdup(config->program);
        if (gnuplot->program == NULL) {
            free(gnuplot);
            return NULL;
        }
    }
    gnuplot->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : GNUPLOT_TIMEOUT_MS;
    gnuplot->stop = config->stop;
    gnuplot->stop_context = config->stop_context;
    gnuplot->child = GNUPLOT_PROCESS_NONE;
    return gnuplot;
}

void gnuplot_free(struct gnuplot **gnuplot)
{
    if (*gnuplot != NULL) {
        gnuplot_process_end(&(*gnuplot)->child);
        free((*gnuplot)->program);
        free(*gnuplot);
    }
    *gnuplot = NULL;
}

void gnuplot_after_fork(struct gnuplot *gnuplot)
{
    gnuplot_process_forget(&gnuplot->child);
}

int gnuplot_pid(const struct gnuplot *gnuplot)
{
    return (int)gnuplot->child.pid;
}
