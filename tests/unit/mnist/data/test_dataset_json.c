/*
 * Proves: written fields are read back, also at their limits; a missing file is not an error; each
 * missing field, wrong type and number out of range is refused with file and field, as are invalid
 * JSON, a file that is too long, and a folder; unknown fields are allowed.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/data/dataset_json.h"

#include <sys/stat.h>

static void test_round_trip(void **state)
{
    struct dataset_json fields = {.source = "mnist \"\\ \xc3\xa9",
                                  .note = "deskew, crop 24",
                                  .source_hash = "0123456789abcdef0123456789abcdef"
                                                 "0123456789abcdef0123456789abcdef",
                                  .fashion = true,
                                  .deskew = true,
                                  .crop = DATASET_JSON_CROP_MAX,
                                  .validation = 5000,
                                  .seed = INT64_MAX},
                        back;
    bool present;
    struct error error;
    for (int again = 0; again < 2; again++) {
        if (!dataset_json_write(&fields, *state, &error))
            fail_msg("%s", error.text);
        assert_true(dataset_json_read(&back, &present, *state, &error));
        assert_true(present);
        assert_string_equal(back.source, fields.source);
        assert_string_equal(back.source_hash, fields.source_hash);
        assert_string_equal(back.note, fields.note);
        assert_true(back.fashion == fields.fashion && back.deskew == fields.deskew);
        assert_true(back.normalize == fields.normalize && back.crop == fields.crop);
        assert_true(back.validation == fields.validation && back.seed == fields.seed);
        fields = (struct dataset_json){.normalize = true};
    }
    fields.seed = (uint64_t)INT64_MAX + 1;
    assert_false(dataset_json_write(&fields, *state, &error));
    fields = (struct dataset_json){.source = "\xff"};
    assert_false(dataset_json_write(&fields, *state, &error));
    assert_int_equal(fixture_entries(state), 1);
}

static void test_none(void **state)
{
    struct dataset_json fields;
    bool present = true;
    assert_true(dataset_json_read(&fields, &present, *state, NULL));
    assert_false(present);
}

static void assert_refused(void **state, const char *text, const char *part)
{
    struct dataset_json fields;
    struct error error;
    bool present;
    fixture_write(fixture_path(state, "dataset.json"), text, strlen(text));
    assert_false(dataset_json_read(&fields, &present, *state, &error));
    assert_false(present);
    fixture_assert_contains(error.text, "dataset.json");
    fixture_assert_contains(error.text, part);
}

static const char *const json_fields[][2] = {
    {"format", "\"mnist-dataset\""},
    {"version", "1"},
    {"source", "\"mnist\""},
    {"classes", "\"digits\""},
    {"deskew", "true"},
    {"crop", "24"},
    {"normalize", "true"},
    {"validation", "0"},
    {"seed", "1"},
    {"note", "\"crop\""},
};
enum { FIELDS = sizeof json_fields / sizeof json_fields[0] };

/* The complete object with field `changed` removed (value NULL) or with another value. */
static void make_text(char *text, size_t size, int changed, const char *value)
{
    size_t used = (size_t)snprintf(text, size, "{\"unknown\": []");
    for (int i = 0; i < FIELDS; i++) {
        const char *written = i == changed ? value : json_fields[i][1];
        if (written != NULL)
            used += (size_t)snprintf(text + used, size - used, ", \"%s\": %s", json_fields[i][0],
                                     written);
    }
    snprintf(text + used, size - used, "}");
}

static void test_fields(void **state)
{
    char text[1024], quoted[64];
    struct dataset_json fields;
    bool present;
    make_text(text, sizeof text, -1, NULL);
    fixture_write(fixture_path(state, "dataset.json"), text, strlen(text));
    assert_true(dataset_json_read(&fields, &present, *state, NULL));
    for (int i = 0; i < FIELDS; i++) {
        snprintf(quoted, sizeof quoted, "field \"%s\"", json_fields[i][0]);
        make_text(text, sizeof text, i, NULL);
        assert_refused(state, text, quoted);
        static const char *const wrong[] = {"null",
                                            "[]",
                                            "1.5",
                                            "-1",
                                            "\""
                                            "xx"
                                            "\"",
                                            "9223372036854775808"};
        for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
            bool any_text = wrong[w][0] == '"' && (strcmp(json_fields[i][0], "source") == 0 ||
                                                   strcmp(json_fields[i][0], "note") == 0);
            make_text(text, sizeof text, i, wrong[w]);
            if (!any_text)
                assert_refused(state, text, "dataset.json");
        }
    }
    make_text(text, sizeof text, 1, "2");
    assert_refused(state, text, "a newer program may have written it");
    make_text(text, sizeof text, 5, "257");
    assert_refused(state, text, "an integer from 0 to 256");
}

/* An optional field: if it is missing, the hash is ""; an invalid value is refused. */
static void test_source_hash(void **state)
{
    static const char *const wrong[] = {"1",
                                        "null",
                                        "\"\"",
                                        "\"0123\"",
                                        "\"0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdeF\"",
                                        "\"0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdef0\""};
    char text[1024], with[1200];
    struct dataset_json fields;
    bool present;
    make_text(text, sizeof text, -1, NULL);
    fixture_write(fixture_path(state, "dataset.json"), text, strlen(text));
    assert_true(dataset_json_read(&fields, &present, *state, NULL));
    assert_string_equal(fields.source_hash, "");
    for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++) {
        snprintf(with, sizeof with, "%.*s, \"source_sha256\": %s}", (int)strlen(text) - 1, text,
                 wrong[w]);
        assert_refused(state, with, "field \"source_sha256\"");
    }
}

static void test_no_json(void **state)
{
    assert_refused(state, "", "line 1, column 0: expected JSON");
    assert_refused(state, "{\"format\": }", "line 1, column 12");
    assert_refused(state, "[1]", "field \"format\"");
    assert_refused(state, "{\"format\": \"a\", \"format\": \"b\"}", "duplicate");
    assert_refused(state, "{\"format\": \"something else\"}", "field \"format\"");
    char *large = malloc(DATASET_JSON_FILE_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', DATASET_JSON_FILE_MAX + 1);
    large[DATASET_JSON_FILE_MAX + 1] = '\0';
    assert_refused(state, large, "at most 65536 bytes");
    free(large);
}

static void test_a_folder_of_that_name(void **state)
{
    struct dataset_json fields;
    struct error error;
    bool present;
    assert_int_equal(mkdir(fixture_path(state, "dataset.json"), 0777), 0);
    assert_false(dataset_json_read(&fields, &present, *state, &error));
    fixture_assert_contains(error.text, "cannot read ");
    fixture_assert_contains(error.text, "dataset.json: Is a directory");
}

#define test(name) cmocka_unit_test_setup_teardown(name, fixture_folder, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_round_trip),  test(test_none),    test(test_fields),
        test(test_source_hash), test(test_no_json), test(test_a_folder_of_that_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
