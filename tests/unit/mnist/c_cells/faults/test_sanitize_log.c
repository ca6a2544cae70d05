/*
 * test_sanitize_log - logs in the words of gcc and of clang become the same findings; every prefix
 * of a log is read without a fault.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/c_cells/faults/sanitize_log.h"

static const char gcc_log[] =
    "=================================================================\n"
    "==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000038 at pc 0x7f\n"
    "WRITE of size 4 at 0x602000000038 thread T0\n"
    "0x602000000038 is located 0 bytes to the right of 40-byte region [0x10,0x38)\n"
    "allocated by thread T0 here:\n";
static const char clang_log[] =
    "==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000038 at pc 0x7f\n"
    "WRITE of size 4 at 0x602000000038 thread T0\n"
    "0x602000000038 is located 0 bytes after 40-byte region [0x10,0x38)\n";
static const char undefined_log[] =
    "/tmp/mnist-c-x/cell 3:7:12: runtime error: signed integer overflow: 2147483647 + 1 cannot be "
    "represented in type 'int'\n"
    "/tmp/mnist-c-x/cell 3:7:12: runtime error: signed integer overflow: 2147483647 + 1 cannot be "
    "represented in type 'int'\n"
    "/tmp/mnist-c-x/cell 3:9:1: runtime error: load of misaligned address 0x7ffd12 "
    "for type 'int'\n";
static const char local_log[] =
    "==1==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7f at pc 0x1\n"
    "READ of size 1 at 0x7f thread T0\n"
    "    [32, 48) 'a' (line 5) <== Memory access at offset 48 overflows this variable\n";
static const char leak_log[] = "Direct leak of 40 byte(s) in 2 object(s) allocated from:\n"
                               "Indirect leak of 1 byte(s) in 1 object(s) allocated from:\n";

static struct sanitize_log read_bytes(void **state, const char *text, size_t size)
{
    struct sanitize_log log = {.count = 0};
    fixture_write(fixture_path(state, "log"), text, size);
    assert_true(sanitize_log_read(&log, fixture_path(state, "log"), "/tmp/mnist-c-x"));
    return log;
}

static struct sanitize_log read_text(void **state, const char *text)
{
    return read_bytes(state, text, strlen(text));
}

static void both_compilers_logs_are_the_same_finding(void **state)
{
    static const char *const logs[] = {gcc_log, clang_log};
    for (size_t i = 0; i < 2; i++) {
        struct sanitize_log log = read_text(state, logs[i]);
        assert_int_equal(log.count, 1);
        assert_int_equal(log.findings[0].kind, SANITIZE_MEMORY);
        assert_string_equal(log.findings[0].title, "heap-buffer-overflow");
        assert_string_equal(log.findings[0].access, "a write of 4 bytes");
        assert_string_equal(log.findings[0].memory, "0 bytes after a block of 40 bytes");
        sanitize_log_release(&log);
    }
}

static void a_line_of_undefined_behaviour_is_reported_once(void **state)
{
    struct sanitize_log log = read_text(state, undefined_log);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.findings[0].kind, SANITIZE_UNDEFINED);
    assert_string_equal(log.findings[0].place.file, "cell 3");
    assert_int_equal(log.findings[0].place.line, 7);
    assert_string_equal(log.findings[1].title, "load of misaligned address for type 'int'");
    sanitize_log_release(&log);
}

static void variables_and_leaks_are_described(void **state)
{
    struct sanitize_log log = read_text(state, local_log);
    assert_int_equal(log.count, 1);
    assert_string_equal(log.findings[0].access, "a read of 1 byte");
    assert_string_equal(log.findings[0].memory,
                        "0 bytes after the local variable a (line 5), of 16 bytes");
    sanitize_log_release(&log);
    log = read_text(state, leak_log);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.findings[0].kind, SANITIZE_LEAK);
    assert_string_equal(log.findings[0].title, "leak of 40 bytes");
    assert_string_equal(log.findings[0].memory, "in 2 blocks");
    assert_string_equal(log.findings[1].title, "leak of 1 byte");
    sanitize_log_release(&log);
}

static void findings_beyond_the_limit_are_counted(void **state)
{
    char text[8000];
    size_t used = 0;
    for (int i = 0; i < SANITIZE_FINDINGS_MAX + 3; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "cell 1:%d:1: runtime error: division by zero\n", i + 1);
    struct sanitize_log log = read_text(state, text);
    assert_int_equal(log.count, SANITIZE_FINDINGS_MAX);
    assert_int_equal(log.dropped, 3);
    sanitize_log_release(&log);
}

static void a_missing_file_has_no_findings(void **state)
{
    struct sanitize_log log = {.count = 0};
    assert_true(sanitize_log_read(&log, fixture_path(state, "none"), "/tmp"));
    assert_int_equal(log.count, 0);
    log = read_text(state, "==5==LeakSanitizer has encountered a fatal error.\n");
    assert_string_equal(log.broken, "==5==LeakSanitizer has encountered a fatal error.");
    sanitize_log_release(&log);
}

static void every_prefix_is_read(void **state)
{
    static const char *const logs[] = {gcc_log, undefined_log, local_log, leak_log};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
        for (size_t size = 0; size <= strlen(logs[i]); size++) {
            struct sanitize_log log = read_bytes(state, logs[i], size);
            assert_in_range(log.count, 0, 2);
            sanitize_log_release(&log);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_compilers_logs_are_the_same_finding, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(a_line_of_undefined_behaviour_is_reported_once,
                                        fixture_folder, fixture_remove),
        cmocka_unit_test_setup_teardown(variables_and_leaks_are_described, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(findings_beyond_the_limit_are_counted, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(a_missing_file_has_no_findings, fixture_folder,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(every_prefix_is_read, fixture_folder, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
