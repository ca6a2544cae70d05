/*
 * main - the shell program `mnist`: executes commands without a notebook.
 *
 *     mnist                        a prompt
 *     mnist train epochs=5         one command
 *     mnist -c 'a; b'              several commands
 *     mnist run FILE               a file of commands or a notebook (.ipynb); `-` is standard input
 *
 * Pictures are written to ./pictures, or to the folder of `set plot.folder=`. The options and exit
 * statuses are in options.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mnist/base/version.h"
#include "mnist/language/cell.h"
#include "mnist/language/help.h"
#include "mnist/language/vocabulary.h"
#include "mnist/session.h"
#include "mnist/shell/command_line.h"
#include "mnist/shell/generate.h"
#include "mnist/shell/guard.h"
#include "mnist/shell/input_file.h"
#include "mnist/shell/notebook.h"
#include "mnist/shell/options.h"
#include "mnist/shell/prompt.h"
#include "mnist/shell/terminal.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

struct shell {
    struct session *session;
    struct guard *guard;
    int cells;            /* execution count */
    const char *notebook; /* path of the running notebook; NULL = none */
    struct terminal terminal;
    int status;
};

/* True after an interrupt, or after the reader has closed the output. */
static bool stop(void *context)
{
    const struct shell *shell = context;
    return interrupted != 0 || shell->terminal.write_error == EPIPE;
}

static void forget_parent(void *context)
{
    struct shell *shell = context;
    session_after_fork(shell->session);
}

/* Explains why more than the last cell was lost: a C cell may have damaged memory that only a later
   cell used. If threads of the C cell were running, the report explains it already. */
static void explain_rollback(const struct shell *shell, int died_in, struct session_report *report)
{
    char *detail = NULL;
    if (died_in <= shell->cells || guard_record(shell->guard)->threads_before > 0 ||
        asprintf(&detail,
                 "%s\nCell %d ended the program. The session has been restored to its state before "
                 "cell %d, the last C cell before it, which may have written outside its arrays.",
                 report->text != NULL ? report->text : "", died_in, shell->cells) < 0)
        return;
    free(report->detail);
    report->detail = detail;
}

/* Executes a cell that may crash (guard.h): if it ends the process, a standby reports that and
   takes over. */
static void run_guarded(struct shell *shell, const char *cell, struct session_report *report)
{
    struct guard_death death;
    enum guard_role role = session_can_be_copied(shell->session)
                               ? guard_before(shell->guard, forget_parent, shell, &death)
                               : GUARD_WORKER; /* without a new standby */
    if (role == GUARD_SUCCESSOR) {
        (void)session_last_words(shell->session, death.status, report);
        explain_rollback(shell, death.cell, report);
        shell->cells = death.cell;
        return;
    }
    session_run(shell->session, shell->cells, cell, &shell->terminal.output, report);
}

/* The exit status after a failure of standard output; the error is shown unless the pipe was
   closed. */
static int write_status(int code)
{
    if (code == EPIPE)
        return STATUS_PIPE;
    char reason[ERROR_REASON_SIZE];
    fprintf(stderr, "mnist: standard output: %s\n", error_reason(reason, code));
    return STATUS_FAILED;
}

/* Flushes standard output and returns the status, or that of a failure to write. */
static int flushed(int status)
{
    bool failed = ferror(stdout) != 0;
    return (fflush(stdout) != 0 || failed) && status == STATUS_OK ? write_status(errno) : status;
}

static void show_failure(const struct shell *shell, const struct session_report *report)
{
    bool colours = isatty(STDERR_FILENO) == 1;
    fprintf(stderr, "%s%s%s", colours ? "\033[1;31m" : "", report->name, colours ? "\033[0m" : "");
    if (shell->notebook != NULL)
        fprintf(stderr, " in %s, code cell %d", shell->notebook, shell->cells);
    fprintf(stderr, "\n%s\n",
            report->detail != NULL ? report->detail
            : report->text != NULL ? report->text
                                   : "");
}

/* The exit status after this cell. */
static int status_of(const struct shell *shell, const struct session_report *report)
{
    if (shell->terminal.write_error != 0)
        return shell->terminal.write_error == EPIPE ? STATUS_PIPE : STATUS_FAILED;
    return report->status == SESSION_OK            ? STATUS_OK
           : report->status == SESSION_INTERRUPTED ? STATUS_INTERRUPTED
           : report->refused                       ? STATUS_USAGE
                                                   : STATUS_FAILED;
}

/* False after `exit`: no other cell is executed. */
static bool run_cell(void *context, const char *cell)
{
    struct shell *shell = context;
    struct session_report report;
    interrupted = 0;
    shell->cells++;
    if (shell->guard != NULL)
        guard_begin_cell(shell->guard, shell->cells);
    if (shell->guard != NULL && session_needs_copy(shell->session, cell))
        run_guarded(shell, cell, &report);
    else
        session_run(shell->session, shell->cells, cell, &shell->terminal.output, &report);
    shell->status = status_of(shell, &report);
    if (report.status != SESSION_OK && shell->status != STATUS_PIPE)
        show_failure(shell, &report);
    bool continues = !report.exits;
    session_report_release(&report);
    return continues;
}

/* True for blank lines and comments only: Markdown of a notebook that was converted to a script. */
static bool is_blank(const char *cell, size_t size)
{
    const char *end = cell + size;
    while (cell < end) {
        const char *next = memchr(cell, '\n', (size_t)(end - cell));
        size_t line = (size_t)((next != NULL ? next : end) - cell), blank = strspn(cell, " \t\r");
        if (blank < line && cell[blank] != '#')
            return false;
        cell += line + (next != NULL);
    }
    return true;
}

/* Executes the cells of a text in order, up to the first that fails or executes `exit`. */
static void run_cells(struct shell *shell, char *text)
{
    size_t size = strlen(text), start = 0;
    bool continues;
    do {
        char *cell = text + start;
        size_t length = cell_next(text, size, &start);
        char last = cell[length];
        cell[length] = '\0';
        continues = is_blank(cell, length) || run_cell(shell, cell);
        cell[length] = last;
    } while (start < size && shell->status == 0 && continues);
}

/* Executes the code cells of a notebook, up to the first that fails without the tag
   raises-exception or executes `exit`. */
static void run_notebook(struct shell *shell, const char *path, const char *text)
{
    struct notebook notebook;
    struct error error;
    if (!notebook_read(&notebook, path, text, strlen(text), &error)) {
        fprintf(stderr, "mnist: %s\n", error.text);
        shell->status = STATUS_USAGE;
        return;
    }
    bool continues = true;
    shell->notebook = path;
    for (size_t i = 0; i < notebook.count && continues; i++) {
        const struct notebook_cell *cell = &notebook.cells[i];
        continues = run_cell(shell, cell->source);
        if (cell->may_fail && (shell->status == STATUS_FAILED || shell->status == STATUS_USAGE))
            shell->status = STATUS_OK;
        continues = continues && shell->status == STATUS_OK;
    }
    shell->notebook = NULL;
    notebook_release(&notebook);
}

/* Failures of cells at the prompt do not change the exit status. */
static int run_prompt(struct shell *shell)
{
    printf("MNIST Digit Classification %s: `help` lists the commands, Tab completes\n",
           MNIST_VERSION);
    return prompt_run(shell->session, run_cell, shell) ? STATUS_OK : STATUS_FAILED;
}

static bool is_run(const struct options *options)
{
    return options->count > 0 && strcmp(options->words[0], "run") == 0;
}

/* The commands of the command line, or of the file that it names. Caller frees. NULL with a message
   on stderr. */
static char *read_commands(const struct options *options)
{
    char *text = NULL;
    if (options->count == 0 && options->commands.bytes == NULL)
        return input_file_read("-");
    if (is_run(options) && options->count == 2)
        return input_file_read(options->words[1]);
    if (is_run(options))
        fputs("mnist: run takes one file, or `-` for standard input: mnist run FILE\n", stderr);
    else if ((text = options->commands.bytes != NULL
                         ? command_line_split(options->commands.bytes)
                         : command_line_join(options->count, options->words)) == NULL)
        fputs("mnist: out of memory\n", stderr);
    return text;
}

static bool prompts(const struct options *options)
{
    return options->action == ACTION_RUN && options->count == 0 &&
           options->commands.bytes == NULL && isatty(STDIN_FILENO);
}

static int run_shell(struct shell *shell, const struct options *options)
{
    if (prompts(options))
        return run_prompt(shell);
    char *text = read_commands(options);
    if (text == NULL)
        return STATUS_USAGE;
    const char *path = options->count == 2 ? options->words[1] : "-";
    bool file = is_run(options) || (options->count == 0 && options->commands.bytes == NULL);
    if (file && notebook_is_one(path, text))
        run_notebook(shell, path, text);
    else
        run_cells(shell, text);
    free(text);
    return shell->status;
}

/* Width of help: that of the terminal, at most the default. */
static size_t help_width(void)
{
    int width = terminal_width(STDOUT_FILENO);
    return width > 0 && width < HELP_WIDTH ? (size_t)width : HELP_WIDTH;
}

/* `mnist --help`, or `mnist train epochs=5 --help`: the help of that command. */
static int show_help(const struct options *options)
{
    char topic[COMMAND_TITLE_SIZE];
    const char *verb = options->count > 0 ? options->words[0] : "";
    const char *subject = options->count > 1 ? options->words[1] : NULL;
    struct error error;
    if (verb[0] == '\0' || is_run(options)) {
        options_usage(stdout, help_width());
        return STATUS_OK;
    }
    bool both = subject != NULL && vocabulary_find(verb, subject, false) != NULL;
    snprintf(topic, sizeof topic, "%s%s%s", verb, both ? " " : "", both ? subject : "");
    char *text = help_topic(topic, help_width(), &error);
    if (text == NULL) {
        fprintf(stderr, "mnist: %s\n", error.text);
        return STATUS_USAGE;
    }
    fputs(text, stdout);
    free(text);
    return STATUS_OK;
}

/* The actions that need a session: commands, prompt, completion. */
static int use_session(const struct options *options, const char *executable)
{
    struct error error;
    struct shell shell = {.guard = guard_new()};
    const struct session_config config = {.plot_folder = "pictures",
                                          .colours = isatty(STDERR_FILENO) == 1,
                                          .executable = executable,
                                          .help_width = help_width(),
                                          .stop = stop,
                                          .stop_context = &shell,
                                          .crash = shell.guard != NULL ? guard_record(shell.guard)
                                                                       : NULL};
    if (prompts(options))
        prompt_set_locale();
    terminal_init(&shell.terminal, stop, &shell);
    if (options->format != TERMINAL_TEXT)
        terminal_data(&shell.terminal, options->format);
    shell.session = session_new(&config, &error);
    if (shell.session == NULL) {
        fprintf(stderr, "mnist: %s\n", error.text);
        return STATUS_FAILED;
    }
    int status = STATUS_OK;
    if (options->action == ACTION_COMPLETE)
        generate_matches(stdout, options->text, session_names(shell.session));
    else
        status = run_shell(&shell, options);
    if (shell.terminal.write_error != 0)
        status = write_status(shell.terminal.write_error);
    status = flushed(status);
    if (shell.guard != NULL)
        guard_end(shell.guard, status);
    session_free(&shell.session);
    return status;
}

static int use_options(const struct options *options, const char *executable)
{
    switch (options->action) {
    case ACTION_HELP: return show_help(options);
    case ACTION_VERSION: printf("mnist %s\n", MNIST_VERSION); return STATUS_OK;
    case ACTION_GENERATE: return generate(stdout, options->text) ? STATUS_OK : STATUS_USAGE;
    case ACTION_RUN:
    case ACTION_COMPLETE: break;
    }
    return use_session(options, executable);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error;
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* exceeding `ulimit -f` is then an error of write(2), like a full disk */
    int status = STATUS_USAGE;
    if (options_parse(&options, argc, argv, &error))
        status = use_options(&options, argv[0]);
    else
        fprintf(stderr, "mnist: %s\n`mnist --help` lists the options.\n", error.text);
    options_release(&options);
    return flushed(status);
}
