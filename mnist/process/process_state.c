/*
 * process_state - two sets of values that are exchanged.
 *
 * Commands use a locale of the calling thread (uselocale), so that the locale of the process
 * (setlocale), which belongs to the cell, is unchanged. The list of environment variables is copied
 * at each exchange, because setenv(3) frees and reallocates the list that it allocated last, which
 * may be the other one.
 */
#include "mnist/process/process_state.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIGNALS = 65 }; /* 1 to 64 */

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
    char *global_locale; /* name from setlocale; NULL = not known */
} state;

/* Signals that crash.c manages, and signals that cannot be caught. */
static bool is_excluded(int number)
{
    static const int excluded[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGABRT, SIGSYS,
                                   SIGTRAP, SIGINT, SIGALRM, SIGKILL, SIGSTOP};
    for (size_t i = 0; i < sizeof excluded / sizeof *excluded; i++)
        if (excluded[i] == number)
            return true;
    return number > SIGSYS && number < SIGRTMIN; /* reserved by the C library */
}

/* ---- environment variables ---- */

/* A copy of the list with the same strings. NULL if memory runs out. */
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

/* A deep copy, since a cell may write to strings from getenv(3). NULL if memory runs out. */
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

/* Stores the current list in `from` and replaces it by the list of `to`. If setenv has replaced the
   list, the C library owns the new one and may reallocate it, so a copy is stored. A list of our
   own is neither copied nor freed: a thread that a cell left running may be reading it (getenv,
   which localtime calls). */
static void exchange_environment(struct values *from, const struct values *to)
{
    if (to->environment == NULL)
        return;
    if (environ != from->environment) {
        char **copy = copy_list(environ);
        if (copy == NULL)
            return;
        free(from->environment);
        from->environment = copy;
    }
    environ = to->environment;
}

/* ---- all of it ---- */

static void record(struct values *values)
{
    values->locale = uselocale((locale_t)0);
    fegetenv(&values->floating);
    sigprocmask(SIG_SETMASK, NULL, &values->mask);
    values->umask = umask(0);
    umask(values->umask);
    for (int i = 1; i < SIGNALS; i++)
        if (!is_excluded(i))
            sigaction(i, NULL, &values->signals[i]);
}

static void set(const struct values *values)
{
    uselocale(values->locale);
    fesetenv(&values->floating);
    sigprocmask(SIG_SETMASK, &values->mask, NULL);
    umask(values->umask);
    for (int i = 1; i < SIGNALS; i++)
        if (!is_excluded(i))
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
    record(&state.cell);
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
    record(&state.cell);
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
