/*
 * terminal - see terminal.h.
 */
#include "mnist/shell/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "mnist/c_cells/streams.h"
#include "mnist/base/clock.h"

static const double progress_after_s = 0.5, progress_every_s = 0.1, log_every_s = 10;

enum { BAR_CELLS = 24, LINE_SIZE = 512, NARROWEST = 40, USUAL_WIDTH = 80, COPIES_FROM = 64 };

static FILE *file_of(const struct terminal *terminal, enum output_stream stream)
{
    streams_block();
    return terminal->files[stream == OUTPUT_STDERR];
}

/* Flushes after each output, so that readers of pipes see it at once and failures are detected. */
static void flush(struct terminal *terminal, FILE *file)
{
    bool failed = ferror(file) != 0;
    failed = fflush(file) != 0 || failed;
    if (failed && file == terminal->tables && terminal->write_error == 0)
        terminal->write_error = errno;
    clearerr(file);
}

__attribute__((format(printf, 3, 4))) static void put(struct terminal *terminal,
                                                      enum output_stream stream, const char *format,
                                                      ...)
{
    FILE *file = file_of(terminal, stream);
    va_list values;
    va_start(values, format);
    vfprintf(file, format, values);
    va_end(values);
    flush(terminal, file);
}

static void erase_line(struct terminal *terminal)
{
    if (terminal->line_width > 0)
        put(terminal, OUTPUT_STDERR, "\r\033[K");
    terminal->line_width = 0;
}

static void sink_text(struct output *output, enum output_stream stream, const char *bytes,
                      size_t size)
{
    struct terminal *terminal = (struct terminal *)output;
    erase_line(terminal);
    FILE *file = file_of(terminal, stream);
    fwrite(bytes, 1, size, file);
    flush(terminal, file);
}

int terminal_width(int descriptor)
{
    struct winsize size;
    if (isatty(descriptor) != 1)
        return 0;
    int columns =
        ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_WIDTH;
    return columns < NARROWEST ? NARROWEST : columns;
}

static bool has_new_rows(const struct terminal *terminal, const struct table *table)
{
    int written = table_grows(table, &terminal->growth) ? terminal->growth.rows : 0;
    return table_row_count(table) > written;
}

/* Writes the rows that were added since the last call. */
static void write_rows(struct terminal *terminal, const struct table *table, bool last)
{
    if (!table_grows(table, &terminal->growth))
        terminal->growth = (struct table_growth){0};
    char *text = table_text_more(table, &terminal->growth, terminal_width(STDOUT_FILENO), last);
    if (text != NULL)
        put(terminal, OUTPUT_STDOUT, "%s", text);
    free(text);
}

static void write_data(struct terminal *terminal, const struct table *table)
{
    bool csv = terminal->format == TERMINAL_CSV;
    char *text = csv ? table_csv(table) : table_json(table);
    streams_block();
    if (text != NULL)
        fprintf(terminal->tables, "%s%s\n", csv && terminal->table_written ? "\n" : "", text);
    flush(terminal, terminal->tables);
    terminal->table_written = true;
    free(text);
    const char *const words[] = {table_caption_text(table), table_note_text(table)};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i] != NULL)
            put(terminal, OUTPUT_STDERR, "%s\n", words[i]);
}

static void sink_table(struct output *output, const struct table *table)
{
    struct terminal *terminal = (struct terminal *)output;
    erase_line(terminal);
    if (terminal->format != TERMINAL_TEXT) {
        write_data(terminal, table);
        return;
    }
    write_rows(terminal, table, true);
    terminal->growth = (struct table_growth){0};
    if (terminal->color && table_remark_text(table) != NULL)
        put(terminal, OUTPUT_STDOUT, "\033[2m%s\033[0m\n", table_remark_text(table));
}

static void sink_plain(struct output *output, const char *plain)
{
    struct terminal *terminal = (struct terminal *)output;
    erase_line(terminal);
    put(terminal, OUTPUT_STDOUT, "%s\n", plain);
}

static void sink_picture(struct output *output, const struct picture *picture)
{
    sink_plain(output, picture->sentence);
}

static void sink_markdown(struct output *output, const char *markdown, const char *plain)
{
    (void)markdown;
    sink_plain(output, plain);
}

static void sink_page(struct output *output, const char *plain)
{
    struct terminal *terminal = (struct terminal *)output;
    erase_line(terminal);
    put(terminal, OUTPUT_STDOUT, "%s", plain);
}

/* "training [####....] 50 %  5000 images/s  3 s left  epoch 2 of 4" */
static void progress_line(char line[LINE_SIZE], const struct progress_display *p, bool bar)
{
    double share = p->total > 0 ? p->done / p->total : 0,
           rate = p->elapsed_s > 0 ? (p->done - p->begun) / p->elapsed_s : 0;
    char cells[BAR_CELLS + 1], pace[64] = "", left[64] = "";
    for (int i = 0; i < BAR_CELLS; i++)
        cells[i] = i < (int)(share * BAR_CELLS + 0.5) ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    if (rate >= 1) /* no rate for work that is not counted in units */
        snprintf(pace, sizeof pace, "  %.0f %s/s", rate, p->unit);
    if (rate > 0 && p->total > p->done)
        snprintf(left, sizeof left, "  %.0f s left", ceil((p->total - p->done) / rate));
    snprintf(line, LINE_SIZE, "%s %s%s%s%3.0f %%%s%s%s%s", p->what, bar ? "[" : "",
             bar ? cells : "", bar ? "] " : "", 100 * share, pace, left,
             p->note != NULL && p->note[0] != '\0' ? "  " : "", p->note != NULL ? p->note : "");
}

static void sink_progress(struct output *output, const struct progress_display *p)
{
    struct terminal *terminal = (struct terminal *)output;
    double now = clock_s();
    if (terminal->format == TERMINAL_TEXT && has_new_rows(terminal, p->table)) {
        erase_line(terminal);
        write_rows(terminal, p->table, false);
    }
    if (p->elapsed_s < (terminal->live ? progress_after_s : log_every_s) ||
        now - terminal->shown_s < (terminal->live ? progress_every_s : log_every_s))
        return;
    char line[LINE_SIZE];
    terminal->shown_s = now;
    progress_line(line, p, terminal->live);
    if (!terminal->live) {
        put(terminal, OUTPUT_STDERR, "%s\n", line);
        return;
    }
    int columns = terminal_width(STDERR_FILENO) - 1;
    put(terminal, OUTPUT_STDERR, "\r\033[K%.*s", columns, line);
    terminal->line_width = (int)strlen(line) < columns ? (int)strlen(line) : columns;
}

static void sink_progress_end(struct output *output)
{
    struct terminal *terminal = (struct terminal *)output;
    erase_line(terminal);
    terminal->growth = (struct table_growth){0};
}

static void sink_clear(struct output *output, bool wait)
{
    struct terminal *terminal = (struct terminal *)output;
    (void)wait;
    erase_line(terminal);
    if (terminal->color)
        put(terminal, OUTPUT_STDOUT, "\033[H\033[2J");
}

/* Disables the echo of typed characters, or restores it. */
static void set_echo(bool on)
{
    struct termios settings;
    if (tcgetattr(STDIN_FILENO, &settings) != 0)
        return;
    settings.c_lflag = on ? settings.c_lflag | ECHO : settings.c_lflag & ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

static bool sink_ask(struct output *output, const char *prompt, bool secret, char **answer,
                     struct error *error)
{
    struct terminal *terminal = (struct terminal *)output;
    char *line = NULL;
    size_t capacity = 0;
    erase_line(terminal);
    put(terminal, OUTPUT_STDOUT, "%s", prompt);
    if (secret)
        set_echo(false);
    ssize_t size = getline(&line, &capacity, terminal->input);
    if (secret) {
        set_echo(true);
        put(terminal, OUTPUT_STDOUT, "\n");
    }
    if (size < 0) {
        free(line);
        clearerr(terminal->input);
        return terminal->stop(terminal->stop_context)
                   ? error_interrupted(error)
                   : error_set(error, ERROR_STATE,
                               "the input ended before the question was answered");
    }
    line[strcspn(line, "\n")] = '\0';
    *answer = line;
    return true;
}

/* A duplicate stream, which C cells can neither close nor give an orientation. */
static FILE *own_stream(int file, FILE *otherwise)
{
    int copy = fcntl(file, F_DUPFD_CLOEXEC, COPIES_FROM);
    FILE *stream = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (stream == NULL && copy >= 0)
        close(copy);
    return stream != NULL ? stream : otherwise;
}

void terminal_data(struct terminal *terminal, enum terminal_format format)
{
    terminal->format = format;
    terminal->color = false;
    terminal->output.data = sink_table;
    terminal->files[0] = terminal->files[1];
    if (terminal->tables != stdout)
        dup2(STDERR_FILENO, STDOUT_FILENO);
}

void terminal_init(struct terminal *terminal, bool (*stop)(void *context), void *stop_context)
{
    *terminal = (struct terminal){
        .output = {sink_text, sink_table, sink_picture, sink_markdown, sink_plain, sink_page,
                   sink_progress, sink_progress_end, sink_clear, sink_ask, NULL},
        .input = stdin,
        .files = {own_stream(STDOUT_FILENO, stdout), own_stream(STDERR_FILENO, stderr)},
        .live = isatty(STDERR_FILENO) == 1,
        .color = isatty(STDOUT_FILENO) == 1,
        .stop = stop,
        .stop_context = stop_context,
    };
    terminal->tables = terminal->files[0];
}
