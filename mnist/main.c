/*
 * main - the shell program `mnist`: the laboratory without a notebook.
 *
 *     mnist                        a prompt
 *     mnist train epochs=5         one command
 *     mnist run FILE               a file of commands; `-` is standard input
 *
 * Pictures are written to ./plots, or where `set plot.folder=` says. Exit status: 0, 1 after a failure, 2 for wrong use,
 * 130 after an interrupt.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mnist/guard.h"
#include "mnist/language/cell.h"
#include "mnist/prompt.h"
#include "mnist/session.h"
#include "mnist/terminal.h"
#include "mnist/version.h"

enum { STATUS_INTERRUPTED = 130 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool stop(void *context)
{
    (void)context;
    return interrupted != 0;
}

struct shell {
    struct session *session;
    struct guard *guard;
    int cells; /* run so far */
    struct terminal terminal;
    int status;
};

static void forget_parent(void *context)
{
    struct shell *shell = context;
    session_after_fork(shell->session);
}

static bool renew_shell(void *context)
{
    struct shell *shell = context;
    return shell->guard != NULL && guard_renew(shell->guard, forget_parent, shell);
}

/* A cell of C runs over a net (guard.h): if it ends this program, its copy reports that and goes on. */
static void run_guarded(struct shell *shell, const char *cell, struct session_report *report)
{
    int status = 0;
    enum guard_role role = guard_before(shell->guard, forget_parent, shell, &status);
    if (role == GUARD_SUCCESSOR) {
        (void)session_last_words(shell->session, status, report);
        return;
    }
    session_run(shell->session, shell->cells, cell, &shell->terminal.output, report);
    guard_done(shell->guard);
}

static void run_cell(void *context, const char *cell)
{
    struct shell *shell = context;
    struct session_report report;
    interrupted = 0;
    shell->cells++;
    if (shell->guard != NULL && session_needs_copy(shell->session, cell))
        run_guarded(shell, cell, &report);
    else
        session_run(shell->session, shell->cells, cell, &shell->terminal.output, &report);
    shell->status = report.status == SESSION_OK            ? 0
                    : report.status == SESSION_INTERRUPTED ? STATUS_INTERRUPTED
                                                           : 1;
    if (report.status != SESSION_OK)
        fprintf(stderr, "%s%s%s\n%s\n", isatty(STDERR_FILENO) ? "\033[1;31m" : "", report.name,
                isatty(STDERR_FILENO) ? "\033[0m" : "",
                report.detail != NULL ? report.detail
                : report.text != NULL ? report.text
                                      : "");
    session_report_release(&report);
}

/* The whole of a file as text. Caller frees. NULL with a line on stderr. */
static char *read_file(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char *text = malloc(CELL_SIZE_MAX + 1);
    size_t size = file != NULL && text != NULL ? fread(text, 1, CELL_SIZE_MAX, file) : 0;
    bool whole = file != NULL && text != NULL && !ferror(file) && fgetc(file) == EOF;
    if (!whole)
        fprintf(stderr, "mnist: %s: %s\n", path,
                file == NULL || ferror(file) ? strerror(errno) : "longer than 4 MiB");
    if (file != NULL && file != stdin)
        fclose(file);
    if (whole) {
        text[size] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

static bool needs_quotes(const char *word)
{
    return word[0] == '\0' || strpbrk(word, " \t\n\"#") != NULL;
}

/* A word of the command line as one of the language: the shell has taken its quotes off, so they are put back on. */
static void put_word(FILE *line, const char *word)
{
    const char *value = strchr(word, '=');
    size_t name =
        value != NULL && strspn(word, "abcdefghijklmnopqrstuvwxyz._") == (size_t)(value - word)
            ? (size_t)(value - word) + 1
            : 0;
    fwrite(word, 1, name, line);
    word += name;
    if (!needs_quotes(word)) {
        fputs(word, line);
        return;
    }
    fputc('"', line);
    for (; *word != '\0'; word++) {
        if (*word == '"' || *word == '\\')
            fputc('\\', line);
        fputc(*word, line);
    }
    fputc('"', line);
}

/* The arguments as one line. Caller frees. */
static char *join_words(int count, char **words)
{
    char *text = NULL;
    size_t size = 0;
    FILE *line = open_memstream(&text, &size);
    if (line == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        if (i > 0)
            fputc(' ', line);
        put_word(line, words[i]);
    }
    fclose(line);
    return text;
}

static void usage(FILE *file)
{
    fprintf(file, "usage: mnist                    a prompt\n"
                  "       mnist COMMAND ...        one command: mnist train epochs=5\n"
                  "       mnist run FILE           a file of commands, - for standard input\n"
                  "       mnist --version\n\n"
                  "`mnist help` lists the commands, `mnist help train` explains one.\n");
}

/* The cells of a text, one after the other, up to the first that fails. */
static void run_cells(struct shell *shell, char *text)
{
    size_t size = strlen(text), start = 0;
    do {
        char *cell = text + start;
        size_t length = cell_next(text, size, &start);
        char last = cell[length];
        cell[length] = '\0';
        run_cell(shell, cell);
        cell[length] = last;
    } while (start < size && shell->status == 0);
}

static bool prompts(int argc)
{
    return argc == 1 && isatty(STDIN_FILENO);
}

static int run_arguments(struct shell *shell, int argc, char **argv)
{
    char *cell;
    if (prompts(argc)) {
        printf(
            "MNIST Digit Classification %s. `help` lists the commands; Tab completes; Ctrl-D ends.\n",
            MNIST_VERSION);
        return prompt_run(shell->session, run_cell, shell) ? 0 : 1;
    }
    if (argc == 1)
        cell = read_file("-");
    else if (strcmp(argv[1], "run") == 0)
        cell = argc == 3 ? read_file(argv[2]) : NULL;
    else
        cell = join_words(argc - 1, argv + 1);
    if (cell == NULL) {
        if (argc > 1 && strcmp(argv[1], "run") == 0 && argc != 3)
            usage(stderr);
        return 2;
    }
    run_cells(shell, cell);
    free(cell);
    return shell->status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("mnist %s\n", MNIST_VERSION);
        return 0;
    }
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* a file beyond `ulimit -f` is an error of write(2), as a full disk is */
    if (prompts(argc))
        prompt_set_locale();
    struct error error;
    struct shell shell = {0};
    shell.guard = guard_new();
    const struct session_config config = {.plot_folder = "plots",
                                          .colours = isatty(STDERR_FILENO) == 1,
                                          .executable = argv[0],
                                          .stop = stop,
                                          .renew = renew_shell,
                                          .renew_context = &shell,
                                          .crash = shell.guard != NULL ? guard_record(shell.guard)
                                                                       : NULL};
    terminal_init(&shell.terminal, stop, NULL);
    shell.session = session_new(&config, &error);
    if (shell.session == NULL) {
        fprintf(stderr, "mnist: %s\n", error.text);
        return 1;
    }
    int status = run_arguments(&shell, argc, argv);
    session_free(&shell.session);
    return status;
}
