/*
 * test_errors - the text and kind of errors.
 *
 * Proves: texts are formatted and cut to the size of the struct without overrun; the text of errno
 * is appended; every kind has the name that a notebook shows; a NULL error is accepted everywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/errors.h"

static void test_set(void **state)
{
    (void)state;
    struct error error = {.line = 7};
    assert_false(error_set(&error, ERROR_DATA, "%s: at byte %d", "file", 16));
    assert_int_equal(error.kind, ERROR_DATA);
    assert_int_equal(error.line, 0);
    assert_string_equal(error.text, "file: at byte 16");
}

static void test_null(void **state)
{
    (void)state;
    assert_false(error_set(NULL, ERROR_USAGE, "nobody asked"));
    assert_false(error_system(NULL, "nobody asked"));
    assert_false(error_memory(NULL, "nothing", 1));
    assert_false(error_interrupted(NULL));
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    struct {
        struct error error;
        char behind[16];
    } guarded;
    char text[3 * ERROR_TEXT_SIZE];
    for (size_t size = ERROR_TEXT_SIZE - 3; size <= ERROR_TEXT_SIZE + 3; size++) {
        memset(guarded.behind, 'g', sizeof guarded.behind);
        memset(text, 'x', size);
        text[size] = '\0';
        error_set(&guarded.error, ERROR_DATA, "%s", text);
        size_t kept = size < ERROR_TEXT_SIZE ? size : ERROR_TEXT_SIZE - 1;
        assert_int_equal(strlen(guarded.error.text), kept);
        errno = ENOENT;
        error_system(&guarded.error, "%s", text);
        assert_true(strlen(guarded.error.text) < ERROR_TEXT_SIZE);
        for (size_t i = 0; i < sizeof guarded.behind; i++)
            assert_int_equal(guarded.behind[i], 'g');
    }
}

static void test_system(void **state)
{
    (void)state;
    struct error error;
    errno = ENOSPC;
    assert_false(error_system(&error, "%s: cannot be written", "a/b"));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_string_equal(error.text, "a/b: cannot be written: No space left on device");
}

static void test_memory_and_interrupt(void **state)
{
    (void)state;
    struct error error;
    assert_false(error_memory(&error, "the images", 3ull << 20));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_string_equal(error.text, "out of memory for the images (3.0 MiB)");
    error_memory(&error, "a report", 512);
    assert_string_equal(error.text, "out of memory for a report (0.5 KiB)");
    error_memory(&error, "a value", 0); /* unknown size */
    assert_string_equal(error.text, "out of memory for a value");
    assert_false(error_interrupted(&error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(error_name(ERROR_USAGE), "UsageError");
    assert_string_equal(error_name(ERROR_DATA), "DataError");
    assert_string_equal(error_name(ERROR_SYSTEM), "SystemError");
    assert_string_equal(error_name(ERROR_STATE), "StateError");
    assert_string_equal(error_name(ERROR_NUMBER), "ArithmeticError");
    assert_string_equal(error_name(ERROR_INTERRUPTED), "KeyboardInterrupt");
    assert_string_equal(error_name(ERROR_NONE), "Error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_system),
        cmocka_unit_test(test_memory_and_interrupt),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
