/*
 * cells - the steps of one cell: folder, text file, split, source, compilation, load, run.
 *
 * The cell's text is also written to the folder, where compiler messages and crash reports read its
 * lines.
 */
#include "mnist/c_cells/cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mnist/c_cells/cell_run.h"
#include "mnist/c_cells/cell_threads.h"
#include "mnist/c_cells/cells_folder.h"
#include "mnist/c_cells/clang_client.h"
#include "mnist/c_cells/compiler.h"
#include "mnist/c_cells/faults/sanitize.h"
#include "mnist/c_cells/faults/sanitize_heap.h"
#include "mnist/c_cells/openmp.h"
#include "mnist/c_cells/scope.h"
#include "mnist/c_cells/shared_object.h"
#include "mnist/c_cells/translation_unit.h"

enum { PATH_SIZE = CELLS_FOLDER_SIZE, NAME_SIZE = 32 };

struct cells {
    struct cells_config config;
    struct scope scope;
    struct clang_client *clang_client;
    struct crash_record *record;
    int folder_lock; /* descriptor (cells_folder.h); -1 = none yet */
    unsigned serial;
};

void cells_leave(struct cells *c)
{
    c->record->folder[sizeof c->record->folder - 1] = '\0'; /* a cell may have overwritten it */
    if (c->record->folder[0] != '\0')
        cells_folder_remove(c->record->folder);
}

void cells_free(struct cells **cells)
{
    struct cells *c = *cells;
    if (c == NULL)
        return;
    cells_leave(c);
    if (c->folder_lock >= 0)
        close(c->folder_lock);
    clang_client_free(&c->clang_client);
    scope_release(&c->scope);
    free(c);
    *cells = NULL;
}

struct cells *cells_new(const struct cells_config *config, struct error *error)
{
    struct cells *c = calloc(1, sizeof *c);
    void *page =
        mmap(NULL, sizeof *c->record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c == NULL || page == MAP_FAILED) {
        free(c);
        error_memory(error, "C cells", sizeof *c);
        return NULL;
    }
    c->config = *config;
    c->folder_lock = -1;
    c->record = config->record != NULL ? config->record : page;
    c->clang_client = clang_client_new(config->clang);
    openmp_watch_forks();
    scope_init(&c->scope);
    if (c->clang_client == NULL) {
        error_memory(error, "C cells", sizeof *c);
        cells_free(&c);
    }
    return c;
}

void cells_after_fork(struct cells *c)
{
    clang_client_after_fork(c->clang_client);
    cell_threads_after_fork();
}

void cells_forget(struct cells *c)
{
    scope_release(&c->scope);
}

char *cells_scope(const struct cells *c)
{
    return scope_text(&c->scope, UINT32_MAX);
}

/* ---- one cell
   ------------------------------------------------------------------------------------ */

struct cell_job {
    struct cells *cells;
    const struct cells_request *request;
    struct cells_trouble *trouble;
    char name[NAME_SIZE], object[PATH_SIZE + NAME_SIZE], function[NAME_SIZE];
    json_t *answer; /* of mnist-clang; has the items */
    struct scope scope;
    struct translation_unit unit;
};

/* Makes or locks the folder; again in a process that has taken over, and if the folder has been
   removed. The old lock is not closed: a cell may have closed it, and its number may be another
   file's. */
static bool have_folder(struct cells *c, struct error *error)
{
    if (c->folder_lock < 0 || access(c->record->folder, W_OK) != 0)
        c->folder_lock = cells_folder_lock(c->record->folder, error);
    return c->folder_lock >= 0;
}

/* Writes the file from which compiler messages and crash reports read the cell's lines. */
static bool write_text(const struct cell_job *job)
{
    char path[PATH_SIZE + NAME_SIZE];
    snprintf(path, sizeof path, "%s/%s", job->cells->record->folder, job->name);
    FILE *file = fopen(path, "w");
    bool kept = file != NULL && fputs(job->request->text, file) >= 0;
    return (file == NULL || fclose(file) == 0) && kept
               ? true
               : error_system(&job->trouble->error, "%s: cannot be written", path);
}

static bool split(struct cell_job *job)
{
    struct cells *c = job->cells;
    char *scope = cells_scope(c);
    json_t *flags = json_array();
    if (c->config.include != NULL)
        json_array_append_new(flags, json_sprintf("-I%s", c->config.include));
    for (int i = 0; job->request->flags[i] != NULL; i++)
        if (strncmp(job->request->flags[i], "-D", 2) == 0 ||
            strncmp(job->request->flags[i], "-I", 2) == 0 ||
            strncmp(job->request->flags[i], "-std", 4) == 0)
            json_array_append_new(flags, json_string(job->request->flags[i]));
    json_t *question = json_pack("{s:s, s:s, s:s, s:o}", "do", "split", "text", job->request->text,
                                 "scope", scope != NULL ? scope : "", "flags", flags);
    free(scope);
    if (question == NULL)
        return error_set(&job->trouble->error, ERROR_USAGE,
                         "a C cell must be UTF-8 text without NUL characters");
    job->answer = clang_client_ask(c->clang_client, question, c->config.stop, c->config.context,
                                   &job->trouble->error);
    return job->answer != NULL;
}

/* A message in the form of the compiler's, which would report the generated function around the
   cell. */
static char *bracket_message(const struct cell_job *job, size_t at)
{
    const char *text = job->request->text;
    size_t begin = at, line = 1;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    for (size_t i = 0; i < begin; i++)
        line += text[i] == '\n';
    int column = (int)(at - begin), width = (int)strcspn(text + begin, "\r\n");
    char *message = NULL;
    if (asprintf(&message, "%s:%zu:%d: error: unmatched ‘%c’\n%5zu | %.*s\n      | %*s^\n",
                 job->name, line, column + 1, text[at], line, width, text + begin, column, "") < 0)
        return NULL;
    return message;
}

/* False: an unmatched closing bracket, which would close the generated function. */
static bool check_brackets(struct cell_job *job)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(job->answer, "items"), i, item) {
        if (!json_is_true(json_object_get(item, "closes")))
            continue;
        size_t end = (size_t)json_integer_value(json_object_get(item, "end"));
        job->trouble->messages = bracket_message(job, end - 1);
        return error_set(&job->trouble->error, ERROR_USAGE, "the cell does not compile");
    }
    return true;
}

static bool make_unit(struct cell_job *job)
{
    struct cells *c = job->cells;
    return (scope_copy(&job->scope, &c->scope) &&
            translation_unit_make(&job->unit, &job->scope, job->request->text,
                                  json_object_get(job->answer, "items"), job->name, c->serial) &&
            (job->request->mode != CELLS_CHECK ||
             sanitize_settings(&job->unit.source, job->object))) ||
           error_memory(&job->trouble->error, "a C cell", strlen(job->request->text));
}

/* The compiler's job for this cell; flags is borrowed. */
static struct compiler_job compiler_for(const struct cell_job *job, const char *const *flags)
{
    const struct cells *c = job->cells;
    return (struct compiler_job){.program = job->request->compiler,
                                 .folder = c->record->folder,
                                 .source = job->unit.source,
                                 .object = job->object,
                                 .flags = flags,
                                 .links = job->request->links,
                                 .colours = c->config.colours,
                                 .stop = c->config.stop,
                                 .context = c->config.context};
}

/* Warnings go to the output, errors to trouble. */
static void pass_messages(struct cell_job *job, enum compiler_status status, char *messages)
{
    struct error *error = &job->trouble->error;
    if (status == COMPILER_DONE && messages != NULL && messages[0] != '\0')
        job->request->output->text(job->request->output, OUTPUT_STDERR, messages, strlen(messages));
    if (status != COMPILER_REFUSED ||
        (job->request->mode == CELLS_CHECK && messages != NULL &&
         sanitize_is_missing(messages, job->request->compiler, error))) {
        free(messages);
        return;
    }
    error_set(error, ERROR_USAGE, "the cell does not compile");
    job->trouble->messages = messages;
}

static bool compile(struct cell_job *job)
{
    char include[PATH_SIZE], *messages = NULL;
    struct sanitize_flags check = {.list = {NULL}};
    const char *flags[CELLS_FLAGS_MAX + SANITIZE_FLAGS_MAX + 8] = {
        "-std=gnu17", "-O2", "-Wall", "-D_GNU_SOURCE", "-ffp-contract=off"};
    int count = 5;
    const struct compiler_job compiler = compiler_for(job, flags);
    if (job->cells->config.include != NULL) {
        snprintf(include, sizeof include, "-I%s", job->cells->config.include);
        flags[count++] = include;
    }
    if (job->request->mode == CELLS_CHECK)
        sanitize_flags_find(&check, &compiler);
    for (int i = 0; check.list[i] != NULL; i++)
        flags[count++] = check.list[i];
    for (int i = 0; job->request->flags[i] != NULL; i++)
        flags[count++] = job->request->flags[i];
    enum compiler_status status = compiler_run(&compiler, &messages, &job->trouble->error);
    pass_messages(job, status, messages);
    return status == COMPILER_DONE;
}

/* Earlier cells call the new definition of a function from now on, if its type is unchanged. */
static void replace_functions(const struct cell_job *job)
{
    const struct cells *c = job->cells;
    for (size_t i = 0; i < job->scope.count; i++) {
        const struct scope_entry *entry = &job->scope.items[i];
        if (entry->kind != SCOPE_FUNCTION || entry->serial != c->serial || entry->symbol[0] == '\0')
            continue;
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(entry->names + 1, "\n"), entry->names + 1);
        const struct scope_entry *old = scope_find(&c->scope, name);
        if (old != NULL && old->kind == SCOPE_FUNCTION && strcmp(old->type, entry->type) == 0)
            shared_object_replace(c->record->folder, old->symbol, entry->symbol);
    }
}

static void show_notes(const struct cell_job *job)
{
    struct output *output = job->request->output;
    if (job->unit.notes[0] != '\0')
        output->text(output, OUTPUT_STDERR, job->unit.notes, strlen(job->unit.notes));
}

static void run(const struct cell_job *job, void (*function)(void))
{
    const struct cells *c = job->cells;
    const struct cell_run run = {.config = &c->config,
                                 .request = job->request,
                                 .record = c->record,
                                 .object = job->object,
                                 .type = job->unit.value};
    cell_run(&run, function);
}

void cells_call(struct cells *c, const struct cells_request *request, void (*function)(void))
{
    struct cell_job job = {.cells = c, .request = request};
    run(&job, function);
}

static bool load_and_run(struct cell_job *job)
{
    void (*function)(void) = NULL;
    if (!shared_object_load(job->object, job->function, &function, &job->trouble->error))
        return false;
    replace_functions(job);
    struct scope old = job->cells->scope;
    job->cells->scope = job->scope;
    scope_release(&old);
    scope_init(&job->scope);
    show_notes(job);
    run(job, function);
    return true;
}

/* In the copy of the process that checks a cell. */
static bool run_checked(void *context, struct crash_record *record, struct error *error)
{
    struct cell_job *job = context;
    void (*function)(void) = NULL;
    if (!shared_object_load(job->object, job->function, &function, error) ||
        !sanitize_heap_join(job->object, job->cells->record->folder, error))
        return false;
    replace_functions(job);
    show_notes(job);
    job->cells->record = record;
    run(job, function);
    return true;
}

static bool check(struct cell_job *job)
{
    struct cells *c = job->cells;
    struct output *output = job->request->output;
    if (cell_threads_running() > 0)
        return error_set(&job->trouble->error, ERROR_STATE,
                         "%d thread%s still running: a cell is checked in a copy of the session, "
                         "which cannot have threads; let them end, or start a new session",
                         cell_threads_running(), cell_threads_running() > 1 ? "s are" : " is");
    const struct sanitize_config config = {.object = job->object,
                                           .forget = c->config.forget,
                                           .run = run_checked,
                                           .stop = c->config.stop,
                                           .context = job,
                                           .session = c->config.context};
    bool good = sanitize_run(&config, &job->trouble->report, &job->trouble->error);
    unlink(job->object);
    if (!good)
        return false;
    output_print(output, OUTPUT_STDOUT,
                 "checked with address and undefined-behaviour sanitizers: nothing found; the "
                 "session is as before\n");
    return true;
}

bool cells_run(struct cells *c, const struct cells_request *request, struct cells_trouble *trouble)
{
    struct cell_job job = {.cells = c, .request = request, .trouble = trouble};
    *trouble = (struct cells_trouble){.messages = NULL};
    if (c->serial >= CELLS_MAX)
        return error_set(
            &trouble->error, ERROR_STATE,
            "%d C cells have run: start a new session (in a notebook: restart the kernel)",
            CELLS_MAX);
    c->serial++;
    if (request->number > 0)
        snprintf(job.name, sizeof job.name, "cell %d", request->number);
    else
        snprintf(job.name, sizeof job.name, "cell");
    bool done = have_folder(c, &trouble->error);
    snprintf(job.object, sizeof job.object, "%s/cell-%u.so", c->record->folder, c->serial);
    snprintf(job.function, sizeof job.function, TRANSLATION_UNIT_ENTRY "%u", c->serial);
    done = done && write_text(&job) && split(&job) && check_brackets(&job) && make_unit(&job) &&
           compile(&job) && (request->mode == CELLS_CHECK ? check(&job) : load_and_run(&job));
    translation_unit_release(&job.unit);
    scope_release(&job.scope);
    json_decref(job.answer);
    return done;
}
