/*
 * test_complete - Tab offers the valid words at the cursor, and replaces the right range of the
 * text.
 *
 * By hand: a table of texts with a cursor (|) and the expected matches. By law: at every cursor
 * of many cells the range lies in the text, and every match of the first round begins with the
 * text that it replaces, or its name does. Paths: in a folder made for the test. The time of one
 * completion is bounded.
 */
#include "check.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mnist/base/utf8.h"
#include "mnist/language/complete.h"

static struct live_names sample_names(void)
{
    struct live_names names;
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_VARIABLE, "epochs", "5"));
    assert_true(live_names_add(&names, NAME_VARIABLE, "accuracy", "0.991"));
    assert_true(live_names_add(&names, NAME_MODEL, "mine", "99.1 %"));
    assert_true(live_names_add(&names, NAME_LAYER, "conv1", "[32, 24, 24]"));
    assert_true(live_names_add(&names, NAME_LAYER, "conv2", "[64, 8, 8]"));
    return names;
}

/* Completes at the |. Returns "start..end: match match", at most `most` matches; caller frees. */
static char *completed(const char *marked, size_t most)
{
    struct live_names names = sample_names();
    struct completion completion;
    char text[512], *shown = malloc(65536);
    const char *bar = strrchr(marked, '|');
    assert_non_null(bar);
    assert_non_null(shown);
    size_t before = (size_t)(bar - marked);
    int size = snprintf(text, sizeof text, "%.*s%s", (int)before, marked, bar + 1);
    complete(text, (size_t)size, utf8_count(text, before), &names, &completion);
    int used = snprintf(shown, 65536, "%zu..%zu:", completion.start, completion.end);
    for (size_t i = 0; i < completion.count && i < most; i++)
        used += snprintf(shown + used, 65536 - (size_t)used, " %s", completion.matches[i].text);
    completion_release(&completion);
    live_names_release(&names);
    return shown;
}

static void test_table(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"|", "0..0: load explore preprocess augment model train"},
        {"tr|", "0..2: train"},
        {"tr|ain", "0..2: train"},
        {"load mnist\ne|", "11..12: explore evaluate exit"},
        {"trn|", "0..3: train"},
        {"model a:\n    conv 8 3x3\n    relu\n\n    # x\n    conv 8 3x3\n    add |\n    relu",
         "65..65: conv1 relu1 conv2"},
        {"model b:\n    relu\nmodel a:\n    gelu\n    add g|", "44..45: gelu1"},
        {"model a:\n    add |", "17..17:"},
        {"explore |", "8..8: samples image classes pixels mean pca"},
        {"explore digit 3 |", "16..16: set="}, /* an alias is accepted */
        {"explore d|", "8..9: duplicates"},    /* but not offered */
        {"explore samples |", "16..16: class= count= seed= set="},
        {"explore samples class=3 count=4 s|", "32..33: seed= set="},
        {"explore samples set=|", "20..20: train validation test"},
        {"explore samples set=v|", "20..21: validation"},
        {"explore samples count=|", "22..22: 40"},
        {"plot |", "5..5: loss accuracy rate filters activations"},
        {"plot filters layer=|", "19..19: conv1 conv2"},
        {"predict |", "8..8: train validation test model="},
        {"preprocess |", "11..11: show reset normalize deskew crop= validation="},
        {"preprocess normalize |", "21..21: deskew crop= validation= seed= save="},
        {"model |", "6..6: summary save load list lenet fast"},
        {"model load min|", "11..14: mine"},
        {"load kern|", "5..9: kernel/"},
        {"model load kern|", "11..15: kernel/"},
        {"evaluate en|", "9..11: ensemble"},
        {"evaluate ensemble mi|", "18..20: mine"},
        {"evaluate ensemble mine set=test fast mi|", "37..39: mine"},
        {"load Makef|", "5..10:"},
        {"model load Mak|", "11..14:"},
        {"train opt|", "6..9: optimizer="},
        {"train optimizer=a|", "16..17: adam adamw"},
        {"train optimizer=adma|", "16..20: adam"},
        {"train epochs=$|", "13..14: $epochs $accuracy"},
        {"train epochs=$e|", "13..15: $epochs"},
        {"print \"the $acc|", "11..15: $accuracy"},
        {"print \"the ${acc|", "11..16: ${accuracy}"},
        {"print 'the $acc|", "6..15:"},
        {"print \"the acc|", "6..14:"},
        {"x = 2 * s|", "8..9: sqrt("},
        {"x = acc|", "4..7: $accuracy"},
        {"$acc|", "0..4: $accuracy"},
        {"6 * |", "4..4: $epochs $accuracy sqrt( abs( round( min("},
        {"time tr|", "5..7: train"},
        {"time train b|", "11..12: batch="},
        {"help |", "5..5: load explore preprocess augment model train"},
        {"help explore sa|", "13..15: samples"},
        {"?tr|", "1..3: train"},
        {"set plot.|", "4..9: plot.format= plot.folder="},
        {"set plot.format=p|", "16..17: png"},
        {"model a:\n    c|", "13..14: conv"},
        {"model a:\n    conv 3 pad=|", "24..24: same 0"},
        {"model a:\n    conv 3 |", "20..20: stride= pad="},
        {"model a:\n    globalpool |", "24..24: max avg"},
        {"model a:\n    relu\n|", "18..18: load explore preprocess augment model train"},
        {"model a:\n    relu\n    d|", "22..23: dense dropout"},
        {"model a:\n    swish|", "13..18: silu"},
        {"model a:\n    conv 3\n    relu\n    conv 3\n    add |", "48..48: conv1 relu1 conv2"},
        {"model a:\n    relu\nmodel b:\n    conv 3\n    # x\n    add layer=c|", "60..61: conv1"},
        {"model a:\n    add |", "17..17:"},
        {"train # c|", "9..9:"},
        {"nothing x|", "9..9:"},
        {"version |", "8..8:"},
        {"\xE6\x97\xA5 = 3\nprint $e|", "12..14: $epochs"},
        {"\xEF\xBB\xBFtr|", "1..3: train"},
        {"train epochs=5 \\\n  bat|", "19..22: batch="},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char *shown = completed(table[i][0], 6);
        if (strcmp(shown, table[i][1]) != 0)
            print_error("%s\n", table[i][0]);
        assert_text(shown, table[i][1]);
    }
}

static void make_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

/* Completes `before` + folder + `after` at its end; `expected` has @ for the folder. */
static void assert_offered(const char *folder, const char *before, const char *after,
                           const char *expected)
{
    char marked[256], wanted[1024];
    snprintf(marked, sizeof marked, "%s%s%s|", before, folder, after);
    size_t size = strlen(before), start = before[size - 1] == '"' ? size - 1 : size;
    int used =
        snprintf(wanted, sizeof wanted, "%zu..%zu:", start, size + strlen(folder) + strlen(after));
    for (const char *c = expected; *c != '\0'; c++)
        used += snprintf(wanted + used, sizeof wanted - (size_t)used, *c == '@' ? "%s" : "%.1s",
                         *c == '@' ? folder : c);
    assert_text(completed(marked, 9), wanted);
}

static void test_paths(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_complete_XXXXXX", path[128];
    assert_non_null(mkdtemp(folder));
    static const char *const files[] = {"alpha.safetensors", "al pha.safetensors",
                                        "also not a model.txt", ".hidden.safetensors",
                                        ".safetensors"};
    static const char *const folders[] = {"all", "al b", ".hid"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        make_file(path);
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    /* data sets and pictures are in folders */
    assert_offered(folder, "load ", "/al", " \"@/al b/ @/all/");
    assert_offered(folder, "load \"", "/al b", " \"@/al b/");
    assert_offered(folder, "load ", "/also", " \"@/al b/ @/all/"); /* the second round */
    assert_offered(folder, "load ", "/none/x", "");
    assert_offered(folder, "set plot.folder=", "/.h", " @/.hid/");
    /* models in files of one kind */
    assert_offered(folder, "model load ", "/al",
                   " \"@/al b/ \"@/al pha.safetensors\" @/all/ @/alpha.safetensors");
    assert_offered(folder, "model load \"", "/al p", " \"@/al pha.safetensors\"");
    assert_offered(folder, "model load ", "/.h", " @/.hid/ @/.hidden.safetensors");
    /* as typed, in the home folder */
    char *home = getenv("HOME") != NULL ? strdup(getenv("HOME")) : NULL;
    setenv("HOME", folder, 1);
    assert_text(completed("load ~/al|", 9), "5..9: \"~/al b/ ~/all/");
    assert_text(completed("load \"~/al b|", 9), "5..12: \"~/al b/");
    if (home != NULL)
        setenv("HOME", home, 1);
    free(home);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        rmdir(path);
    }
    rmdir(folder);
}

static void test_types_and_help(void **state)
{
    (void)state;
    struct live_names names = sample_names();
    struct completion completion;
    complete("train epochs=$ac", 16, 16, &names, &completion);
    assert_int_equal(completion.count, 1);
    assert_string_equal(completion.matches[0].type, "variable");
    assert_string_equal(completion.matches[0].help, "0.991");
    completion_release(&completion);
    complete("plot f", 6, 99, NULL, &completion);
    assert_int_equal(completion.count, 1);
    assert_string_equal(completion.matches[0].type, "subject");
    assert_true(strlen(completion.matches[0].help) > 10);
    completion_release(&completion);
    live_names_release(&names);
}

static void test_every_cursor(void **state)
{
    (void)state;
    struct live_names names = sample_names();
    for (size_t c = 0; c < CHECK_CELL_COUNT; c++) {
        const char *text = check_cells[c];
        size_t size = strlen(text), count = utf8_count(text, size);
        for (size_t cursor = 0; cursor <= count + 1; cursor++) {
            struct completion completion;
            complete(text, size, cursor, &names, &completion);
            assert_true(completion.start <= completion.end);
            assert_int_equal(completion.end, cursor > count ? count : cursor);
            assert_true(completion.count <= COMPLETION_MAX);
            for (size_t i = 0; i < completion.count; i++) {
                assert_true(strlen(completion.matches[i].text) > 0);
                assert_null(strchr(completion.matches[i].help, '\n'));
            }
            completion_release(&completion);
        }
    }
    live_names_release(&names);
}

static void test_limits_and_time(void **state)
{
    (void)state;
    struct live_names names;
    struct completion completion;
    live_names_init(&names);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        assert_true(live_names_add(&names, NAME_VARIABLE, name, ""));
    }
    complete("print $", 7, 7, &names, &completion);
    assert_int_equal(completion.count, COMPLETION_MAX);
    completion_release(&completion);
    struct timespec begin, end;
    enum { TIMES = 200 };
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < TIMES; i++) {
        const char *text = i % 2 == 0 ? check_cells[0] : "explore smples";
        complete(text, strlen(text), i % 2 == 0 ? 30 : 14, &names, &completion);
        completion_release(&completion);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double ms =
        ((double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6) /
        TIMES;
    print_message("one completion: %.3f ms\n", ms);
    assert_true(ms < 20); /* far above the usual time, for sanitizers and busy machines */
    live_names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),           cmocka_unit_test(test_paths),
        cmocka_unit_test(test_types_and_help),  cmocka_unit_test(test_every_cursor),
        cmocka_unit_test(test_limits_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
