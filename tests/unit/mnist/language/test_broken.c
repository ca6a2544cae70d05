/*
 * test_broken - any text of a cell is handled without a crash.
 *
 * Every prefix of long cells, and fifty thousand random changes of them (bytes replaced,
 * pieces duplicated, removed, moved between cells), pass through all readers of a cell: parse,
 * print the diagnostics, resolve and evaluate, complete, inspect, is_complete. The test is meant
 * for the sanitizers; some laws are asserted as well. MNIST_BROKEN_SEED selects other cases.
 */
#include "check.h"

#include "mnist/base/utf8.h"
#include "mnist/language/bound_call.h"
#include "mnist/language/complete.h"
#include "mnist/language/inspect.h"
#include "mnist/language/is_complete.h"

enum { CASES = 50000, CELL_SIZE_MAX = 2048 };

struct fixture {
    struct variables *variables;
    struct live_names names;
};

static void run_statement(const struct statement *statement, struct variables *variables,
                          const char *text, size_t size)
{
    struct diagnostic diagnostic = {0};
    struct value value;
    value_init(&value);
    bool good = true;
    if (statement_kind(statement) == STATEMENT_COMMAND) {
        struct bound_call *call = bound_call_resolve(statement, variables, &diagnostic);
        good = call != NULL;
        bound_call_free(&call);
    } else if (statement_kind(statement) != STATEMENT_PAGE) {
        good = statement_evaluate(statement, variables, &value, &diagnostic);
    }
    if (good && statement_kind(statement) == STATEMENT_ASSIGNMENT)
        assert_true(variables_set(variables, statement_name(statement), &value));
    value_release(&value);
    if (!good) {
        char *shown = diagnostic_print(&diagnostic, text, size);
        assert_non_null(shown);
        assert_true(diagnostic.text[0] != '\0');
        assert_true(diagnostic.span.start + diagnostic.span.size <= size);
        free(shown);
    }
}

static void check_text(struct fixture *f, const char *text, size_t size)
{
    struct program *program = program_parse(text, size);
    assert_non_null(program);
    size_t diagnostics = program_diagnostic_count(program);
    for (size_t i = 0; i < diagnostics && i < DIAGNOSTICS_MAX; i++) {
        const struct diagnostic *diagnostic = program_diagnostic(program, i);
        assert_true(diagnostic->text[0] != '\0');
        assert_true(diagnostic->span.line >= 1 && diagnostic->span.column >= 1);
        assert_true(diagnostic->span.start + diagnostic->span.size <= size);
    }
    char *shown = program_diagnostics_print(program);
    assert_non_null(shown);
    assert_int_equal(diagnostics > 0, shown[0] != '\0');
    free(shown);
    for (size_t i = 0; diagnostics == 0 && i < program_statement_count(program); i++)
        run_statement(program_statement(program, i), f->variables, text, size);
    program_free(&program);
    const char *indent;
    enum completeness completeness = is_complete(text, size, &indent);
    assert_true(completeness != TEXT_COMPLETE || diagnostics == 0);
}

static void check_cursor(struct fixture *f, const char *text, size_t size, size_t cursor)
{
    struct completion completion;
    struct inspection inspection;
    complete(text, size, cursor, &f->names, &completion);
    assert_true(completion.start <= completion.end && completion.end <= utf8_count(text, size));
    completion_release(&completion);
    inspect(text, size, cursor, (int)(cursor % 2), &f->names, &inspection);
    inspection_release(&inspection);
}

static struct fixture begin(void)
{
    struct fixture f = {.variables = variables_new()};
    assert_non_null(f.variables);
    live_names_init(&f.names);
    assert_true(live_names_add(&f.names, NAME_VARIABLE, "epochs", "5"));
    return f;
}

static void end(struct fixture *f)
{
    variables_free(&f->variables);
    live_names_release(&f->names);
}

/* A heap copy of exactly `size` bytes, so that sanitizers detect a read beyond the end. */
static char *exact(const char *text, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    return copy;
}

static void test_every_prefix(void **state)
{
    (void)state;
    struct fixture f = begin();
    char all[CELL_SIZE_MAX * 2] = "";
    for (size_t c = 0; c < CHECK_CELL_COUNT; c++)
        strncat(all, check_cells[c], sizeof all - strlen(all) - 1);
    for (size_t size = 0; size <= strlen(all); size++) {
        char *text = exact(all, size);
        check_text(&f, text, size);
        check_cursor(&f, text, size, size);
        free(text);
    }
    end(&f);
}

/* Applies one random change to a text, which has room for CELL_SIZE_MAX bytes. */
static size_t change(char *text, size_t size, uint64_t *random)
{
    static const char *const pieces[] = {"\"",
                                         "'",
                                         "(",
                                         ")",
                                         "[",
                                         "]",
                                         "\\",
                                         "\n",
                                         "$",
                                         "${",
                                         "=",
                                         ":",
                                         "#",
                                         " ",
                                         "\t",
                                         "?",
                                         "-",
                                         "^",
                                         "9",
                                         "e",
                                         "\xFF",
                                         "\xC2\xA0",
                                         "\xEF\xBB\xBF",
                                         "\r\n",
                                         "\\\n",
                                         "    ",
                                         "time ",
                                         "help ",
                                         "model x:\n    ",
                                         "\xE6\x97\xA5",
                                         "1e308",
                                         "*",
                                         "/0",
                                         "%",
                                         ",",
                                         "[0]",
                                         "None",
                                         "sqrt("};
    size_t at = check_random(random) % (size + 1), count = check_random(random) % 12;
    switch (check_random(random) % 5) {
    case 0: /* insert a piece */
    case 1: {
        const char *piece = pieces[check_random(random) % (sizeof pieces / sizeof pieces[0])];
        size_t length = strlen(piece);
        if (size + length > CELL_SIZE_MAX)
            return size;
        memmove(text + at + length, text + at, size - at);
        memcpy(text + at, piece, length);
        return size + length;
    }
    case 2: /* remove some bytes */
        count = count < size - at ? count : size - at;
        memmove(text + at, text + at + count, size - at - count);
        return size - count;
    case 3: /* replace one byte */
        if (at < size)
            text[at] = (char)check_random(random);
        return size;
    default: /* insert a part of another cell */
    {
        const char *other = check_cells[check_random(random) % CHECK_CELL_COUNT];
        size_t from = check_random(random) % strlen(other), length = strlen(other) - from;
        length = length < 40 ? length : 40;
        if (size + length > CELL_SIZE_MAX)
            return size;
        memmove(text + at + length, text + at, size - at);
        memcpy(text + at, other + from, length);
        return size + length;
    }
    }
}

static void test_random_changes(void **state)
{
    (void)state;
    const char *seed = getenv("MNIST_BROKEN_SEED");
    uint64_t random = seed == NULL ? 1 : strtoull(seed, NULL, 10);
    struct fixture f = begin();
    char text[CELL_SIZE_MAX];
    for (int i = 0; i < CASES; i++) {
        const char *cell = check_cells[check_random(&random) % CHECK_CELL_COUNT];
        size_t size = strlen(cell);
        memcpy(text, cell, size);
        for (uint64_t n = check_random(&random) % 6 + 1; n > 0; n--)
            size = change(text, size, &random);
        char *copy = exact(text, size);
        check_text(&f, copy, size);
        if (i % 4 == 0)
            check_cursor(&f, copy, size, check_random(&random) % (size + 1));
        free(copy);
        if (i % 1000 == 0)
            variables_clear(f.variables);
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_random_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
