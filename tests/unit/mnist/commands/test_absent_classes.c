/*
 * test_absent_classes - data in which most of the ten classes do not occur.
 *
 * HOME/pair contains the first zeros and ones of MNIST and, in the training set, a single 7. Means
 * are over the classes that occur (like the classification report of scikit-learn), and 0/0 is
 * shown as "-" in tables, sentences, pictures and variables.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <math.h>
#include <sys/stat.h>

#include "mnist/data/idx.h"

enum { PAIR_TRAIN = 601, PAIR_TEST = 100 };

/* The first `count` zeros and ones; with lone, the last image is replaced by the first 7. */
static void write_part(const struct dataset_part *part, const char *prefix, int count, bool lone)
{
    static uint8_t images[PAIR_TRAIN * 784], labels[PAIR_TRAIN];
    char path[512];
    struct error error;
    int taken = 0;
    for (int i = 0; taken < count; i++) {
        int wanted = lone && taken == count - 1 ? part->labels[i] == 7 : part->labels[i] < 2;
        if (!wanted)
            continue;
        memcpy(images + (size_t)taken * 784, part->images + (size_t)i * 784, 784);
        labels[taken++] = part->labels[i];
    }
    snprintf(path, sizeof path, "%s/pair/%s-images-idx3-ubyte", home, prefix);
    assert_true(idx_write_images(path, images, count, 28, 28, &error));
    snprintf(path, sizeof path, "%s/pair/%s-labels-idx1-ubyte", home, prefix);
    assert_true(idx_write_labels(path, labels, count, &error));
}

static void load_pair(struct fixture *f, bool lone)
{
    char text[512];
    struct error error;
    struct dataset *mnist = dataset_load("data/raw", DATASET_MNIST, NULL, &error);
    assert_non_null(mnist);
    snprintf(text, sizeof text, "%s/pair", home);
    mkdir(text, 0777);
    write_part(&mnist->train, "train", PAIR_TRAIN, lone);
    write_part(&mnist->test, "t10k", PAIR_TEST, false);
    dataset_free(&mnist);
    snprintf(text, sizeof text, "load %s/pair\npreprocess normalize", home);
    run_ok(f, text);
}

/* Asserts that the outputs contain the text, with single spaces between the cells of a row. */
static void said_in_row(const struct fixture *f, const char *row)
{
    char *text = strdup(f->memory.text), *to = text;
    for (const char *from = text; *from != '\0'; from++)
        if (*from != ' ' || (from[1] != ' ' && from[1] != '\n'))
            *to++ = *from;
    *to = '\0';
    if (strstr(text, row) == NULL)
        fail_msg("wanted: %s\ncame:\n%s", row, text);
    free(text);
}

static void the_mean_of_the_classes_is_over_those_that_occur(void **state)
{
    struct fixture *f = *state;
    load_pair(f, false);
    run_ok(f, small_net);
    run_ok(f, "train epochs=4 batch=32 seed=1\nevaluate");
    said(f, "Accuracy on the test set: 100.00 %");
    said_in_row(f, "mean of the classes 100 100.00 % 100.00 % 100.00 %");
    said_in_row(f, "5 0 - - - - -");
    run_ok(f, "evaluate confusion");
    said(f, "100 of 100 images (100.00 %) are classified correctly");
    run_ok(f, "evaluate errors");
    said(f, "all images of the test set are classified correctly");
}

static void an_empty_class_is_not_the_rarest(void **state)
{
    struct fixture *f = *state;
    load_pair(f, false);
    run_ok(f, "explore");
    said(f, "images of 28 x 28 pixels, 2 classes");
    run_ok(f, "explore classes");
    said(f, "701 images in 2 classes: class 1 is the most frequent, class 0 the least frequent.");
    run_ok(f, "explore mean");
    said(f, "Mean image and, below it, the variance of each of 2 classes; class 0 varies most, "
            "class 1 least.");
    run_ok(f, "explore pca count=100");
    said(f, "100 images of 2 classes as points");
}

static void an_image_alone_in_its_class_has_no_distance(void **state)
{
    struct fixture *f = *state;
    load_pair(f, true);
    run_ok(f, "explore outliers count=3");
    said_in_row(f, "600 7 - - -");
    assert_null(strstr(f->memory.text, "inf"));
    assert_null(strstr(f->memory.text, "nan"));
}

static void not_a_number_is_a_dash_in_a_variable(void **state)
{
    struct fixture *f = *state;
    variables_set_number(f->session->variables, "share", (double)NAN);
    run_ok(f, "print \"share: $share\"");
    said(f, "out: share: -\n");
    variables_set_number(f->session->variables, "share", -(double)NAN);
    run_ok(f, "$share");
    said(f, "value: -\n");
}

static void errors_are_listed_with_their_index(void **state)
{
    struct fixture *f = *state;
    load_small(f);
    run_ok(f, small_net);
    run_ok(f, "train epochs=1 seed=1");
    run_ok(f, "evaluate errors count=2");
    said(f, "Errors on the test set, most confident first");
    int index = -1, class = -1, taken_for = -1;
    const char *note = strstr(f->memory.text, "`predict test ");
    assert_non_null(note);
    assert_int_equal(sscanf(note, "`predict test %d` shows the first", &index), 1);
    char text[64];
    snprintf(text, sizeof text, "image %d, is a ", index);
    said(f, text);
    const char *row = strstr(f->memory.text, "─\n");
    assert_non_null(row);
    int listed = -1;
    assert_int_equal(sscanf(row + strlen("─\n"), "%d %d %d", &listed, &class, &taken_for), 3);
    assert_int_equal(listed, index);
    assert_int_not_equal(class, taken_for);
    snprintf(text, sizeof text, "predict test %d", index);
    run_ok(f, text);
    snprintf(text, sizeof text, "prediction: %d (", taken_for);
    said(f, text);
    snprintf(text, sizeof text, "true class: %d", class);
    said(f, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_mean_of_the_classes_is_over_those_that_occur, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_empty_class_is_not_the_rarest, setup, teardown),
        cmocka_unit_test_setup_teardown(an_image_alone_in_its_class_has_no_distance, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(not_a_number_is_a_dash_in_a_variable, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_are_listed_with_their_index, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
