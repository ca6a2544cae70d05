/*
 * process_state - two sets of values, exchanged.
 *
 * The locale of commands is the calling thread's own (uselocale), so that it does not touch the one
 * that a cell has set for the process (setlocale). A list of environment variables is copied with
 * each exchange: setenv(3) frees and grows the list that it made last, which may be the other one.
 */
#include "mnist/process/process_state.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIGNALS = 65 }; /* numbers 1 to 64 */

struct values {
    locale_t locale;
    fenv_t floating;
    struct sigaction signals[SIGNALS];
    sigset_t mask;
    mode_t umask;
    char **environment; /* NULL = not known */
};

static struct {
    struct values defined, cell;
    bool known;
    bool in_cell;
    char *global_locale; /* setlocale's name of the process's; NULL = not known */
} state;

/* crash.c exchanges these by itself; the others cannot be caught. */
static bool belongs_to_others(int number)
{
    static const int others[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGABRT, SIGSYS,
                                 SIGTRAP, SIGINT, SIGALRM, SIGKILL, SIGSTOP};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] == number)
            return true;
    return number > SIGSYS && number < SIGRTMIN; /* the C library's own */
}

/* ---- environment variables ---- */

/* The same strings in another list. NULL without memory. */
static char **copy_list(char **list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL)
        count++;
    char **copy = malloc((count + 1) * sizeof *copy);
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        copy[i] = list[i];
    copy[count] = NULL;
    return copy;
}

/* Other strings, too: a cell may write into those that getenv(3) gave it. NULL without memory. */
static char **copy_list_and_strings(char **list)
{
    char **copy = copy_list(list);
    bool whole = copy != NULL;
    for (size_t i = 0; copy != NULL && copy[i] != NULL; i++) {
        copy[i] = strdup(copy[i]);
        whole = whole && copy[i] != NULL;
    }
    return whole ? copy : NULL;
}

/* environ is kept in one set of values, and becomes that of the other. */
static void exchange_environment(struct values *from, const struct values *to)
{
    char **copy = to->environment != NULL ? copy_list(environ) : NULL;
    if (copy == NULL)
        return;
    free(from->environment);
    from->environment = copy;
    environ = to->environment;
}

/* ---- all of it ---- */

static void note(struct values *values)
{
    values->locale = uselocale((locale_t)0);
    fegetenv(&values->floating);
    sigprocmask(SIG_SETMASK, NULL, &values->mask);
    values->umask = umask(0);
    umask(values->umask);
    for (int i = 1; i < SIGNALS; i++)
        if (!belongs_to_others(i))
            sigaction(i, NULL, &values->signals[i]);
}

static void set(const struct values *values)
{
    uselocale(values->locale);
    fesetenv(&values->floating);
    sigprocmask(SIG_SETMASK, &values->mask, NULL);
    umask(values->umask);
    for (int i = 1; i < SIGNALS; i++)
        if (!belongs_to_others(i))
            sigaction(i, &values->signals[i], NULL);
}

void process_state_define(void)
{
    if (state.known)
        return;
    state.known = true;
    const char *name = setlocale(LC_ALL, NULL);
    state.global_locale = name != NULL ? strdup(name) : NULL;
    fesetenv(FE_DFL_ENV);
    note(&state.cell);
    state.defined = state.cell;
    locale_t numbers_as_in_c = duplocale(LC_GLOBAL_LOCALE);
    if (numbers_as_in_c != (locale_t)0)
        state.defined.locale = numbers_as_in_c;
    state.cell.environment = copy_list(environ);
    state.defined.environment = copy_list_and_strings(environ);
    if (state.cell.environment != NULL && state.defined.environment != NULL)
        environ = state.defined.environment;
    set(&state.defined);
}

void process_state_enter_cell(void)
{
    if (!state.known || state.in_cell)
        return;
    state.in_cell = true;
    exchange_environment(&state.defined, &state.cell);
    set(&state.cell);
}

void process_state_leave_cell(void)
{
    if (!state.known || !state.in_cell)
        return;
    state.in_cell = false;
    note(&state.cell);
    exchange_environment(&state.cell, &state.defined);
    set(&state.defined);
}

void process_state_restore(void)
{
    if (!state.known)
        return;
    if (state.in_cell)
        process_state_leave_cell();
    else
        set(&state.defined);
    state.cell.mask = state.defined.mask;
}

void process_state_forget_cell(void)
{
    if (!state.known || state.in_cell)
        return;
    char **variables = copy_list(state.defined.environment);
    char **before = state.cell.environment;
    locale_t global = LC_GLOBAL_LOCALE;
    state.cell = state.defined;
    state.cell.locale = global;
    state.cell.environment = variables != NULL ? variables : before;
    if (variables != NULL)
        free(before);
    if (state.global_locale != NULL)
        setlocale(LC_ALL, state.global_locale);
}

void process_state_numbers_enter(struct process_state_numbers *cell)
{
    cell->locale = uselocale((locale_t)0);
    fegetenv(&cell->floating);
    if (state.known)
        uselocale(state.defined.locale);
    fesetenv(FE_DFL_ENV);
}

void process_state_numbers_leave(const struct process_state_numbers *cell)
{
    uselocale(cell->locale);
    fesetenv(&cell->floating);
}
