/*
 * test_inspect - Shift-Tab explains the word at the cursor.
 *
 * By hand: a table of texts with a cursor (|) and words that the help must contain ("" = no
 * help). By law: at every cursor of many cells there are both plain text and Markdown, or
 * neither.
 */
#include "check.h"

#include "mnist/base/utf8.h"
#include "mnist/language/inspect.h"

static struct live_names sample_names(void)
{
    struct live_names names;
    live_names_init(&names);
    assert_true(live_names_add(&names, NAME_VARIABLE, "epochs", "5"));
    assert_true(live_names_add(&names, NAME_LAYER, "conv1", "[32, 24, 24]"));
    return names;
}

static bool inspected(const char *marked, int detail, struct inspection *inspection)
{
    struct live_names names = sample_names();
    char text[512];
    const char *bar = strchr(marked, '|');
    assert_non_null(bar);
    size_t before = (size_t)(bar - marked);
    int size = snprintf(text, sizeof text, "%.*s%s", (int)before, marked, bar + 1);
    bool found = inspect(text, (size_t)size, utf8_count(text, before), detail, &names, inspection);
    live_names_release(&names);
    return found;
}

static void test_table(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"tr|ain epochs=5", "Train the network"},
        {"train|", "Train the network"},
        {"train |", "Train the network"},
        {"|explore samples", "Show a grid"},
        {"explore sam|ples", "Show a grid"},
        {"explore|", "More commands, each with"},
        {"train ep|ochs=5", "an integer from 1 to 10000; default: 5"},
        {"train epochs=|5", "an integer from 1 to 10000"},
        {"train optimizer=ada|mw", "adamw: adam with weight decay decoupled"},
        {"train optimizer=adam|", "train [resume]"},
        {"train epochs=$epo|chs", "$epochs (variable): 5"},
        {"$ep|ochs * 2", "$epochs (variable): 5"},
        {"x = sq|rt(2)", "sqrt(x): the square root"},
        {"plot filters layer=con|v1", "conv1 (layer): [32, 24, 24]"},
        {"predict te|st 3", "test: images for the final result only"},
        {"predict test 4|2", "index of the image in its set"},
        {"help tr|ain", "Train the network"},
        {"help explore sam|ples", "Show a grid"},
        {"?tr|ain", "Train the network"},
        {"model a:\n    con|v 3", "Convolution"},
        {"model a:\n    conv 3 pa|d=same", "number of zeros added on each side"},
        {"help con|v", "Convolution"},
        {"time trai|n", "Train the network"},
        {"load mn|ist", "handwritten digits"},
        {"\xE6\x97\xA5 = 3\ntr|ain", "Train the network"},
        {"# tra|in", ""},
        {"nothing|", ""},
        {"print \"trai|n\"", "strings, $variables"},
        {"|", ""},
        {"$|", ""},
        {"$nix|", "$nix is not set; a line such as `nix = 3` sets it"},
        {"print \"so ${ni|x}\"", "$nix is not set"},
        {"train epochs=$ni|x", "$nix is not set"},
        {"nix = 3\n$ni|x", "$nix is not set yet: this cell sets it when it runs"},
        {"other = 3\n$ni|x", "a line such as"},
        {"$ni|x\nnix = 3", "a line such as"},
        {"nix = $ni|x", "a line such as"},
        {"sq|rt(2)", "sqrt(x): the square root"},
        {"sqrt|", "sqrt(x): the square root"},
        {"|abs(2)", "abs(x): the absolute value"},
        {"print rou|nd(2.5)", "round(x), round(x, 2): the nearest integer"},
        {"print rou|nd(2.5)", "strings, $variables"},
        {"train epochs=(1+mi|n(2, 3))", "min(a, b, ...), min(list): the minimum"},
        {"6 * ma|x(1, 2)", "max(a, b, ...), max(list): the maximum"},
        {"model a:\n    sq|rt", ""},
        {"load sq|rt", "load [FROM]"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct inspection inspection;
        bool found = inspected(table[i][0], 0, &inspection);
        if (found != (table[i][1][0] != '\0'))
            fail_msg("%s: %s", table[i][0], found ? inspection.plain : "nothing");
        if (found && strstr(inspection.plain, table[i][1]) == NULL)
            fail_msg("%s: %s", table[i][0], inspection.plain);
        if (found)
            assert_true(strlen(inspection.markdown) > 0);
        inspection_release(&inspection);
    }
}

static void test_detail(void **state)
{
    (void)state;
    struct inspection brief, full;
    assert_true(inspected("train ep|ochs=5", 0, &brief));
    assert_true(inspected("train ep|ochs=5", 1, &full));
    assert_null(strstr(brief.plain, "Example"));
    assert_non_null(strstr(full.plain, "Example"));
    assert_int_equal(strncmp(full.plain, "  epochs", 8), 0);
    assert_non_null(strstr(full.markdown, "| `epochs` |"));
    inspection_release(&brief);
    inspection_release(&full);
}

/* No line of code is wider than JupyterLab's tooltip. Markdown wraps prose and tables, and the
   example at the end has the line breaks of its table. */
static void assert_narrow(const char *text, bool markdown)
{
    bool code = !markdown;
    while (*text != '\0' && strncmp(text, "Example:", 8) != 0) {
        size_t size = strcspn(text, "\n");
        if (markdown && strncmp(text, "```", 3) == 0)
            code = !code;
        else if (code && utf8_text_width(text, size) > 76)
            fail_msg("too wide: %.*s", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

static void test_width(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "train|", "train epo|chs=5",    "train optimizer=ad|am", "explore|",
        "set|",   "preproce|ss deskew", "model a:\n    conv|",   "augment rot|ate=3"};
    for (size_t i = 0; i < 2 * (sizeof cells / sizeof cells[0]); i++) {
        struct inspection inspection;
        assert_true(inspected(cells[i / 2], (int)(i % 2), &inspection));
        assert_narrow(inspection.plain, false);
        assert_narrow(inspection.markdown, true);
        inspection_release(&inspection);
    }
}

static void test_every_cursor(void **state)
{
    (void)state;
    struct live_names names = sample_names();
    for (size_t c = 0; c < CHECK_CELL_COUNT; c++) {
        const char *text = check_cells[c];
        size_t size = strlen(text), count = utf8_count(text, size);
        for (size_t cursor = 0; cursor <= count + 1; cursor++) {
            struct inspection inspection;
            bool found = inspect(text, size, cursor, cursor % 2, &names, &inspection);
            assert_int_equal(found, inspection.plain != NULL);
            assert_int_equal(found, inspection.markdown != NULL);
            inspection_release(&inspection);
        }
    }
    live_names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_detail),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_every_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
