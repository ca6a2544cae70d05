/*
 * Proves that the table of label errors refers to the right images, and applies to MNIST only.
 *
 * By law: indices are ascending, with fewer than three votes each. With the real MNIST: the labels
 * at these indices are those of the table, so indices count from 0 within the test images. By hand:
 * which data sets count as MNIST's test set.
 */
#include "fixture.h"

#include "mnist/data/label_errors.h"
#include "mnist/data/preprocess.h"

static void the_table_is_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < LABEL_ERROR_COUNT; i++) {
        assert_true(label_errors_labels[i].votes <= 2);
        assert_true(label_errors_labels[i].index < 10000);
        assert_true(i == 0 || label_errors_labels[i].index > label_errors_labels[i - 1].index);
    }
}

static void its_labels_are_those_of_mnist(void **state)
{
    (void)state;
    struct dataset *mnist = fixture_mnist();
    assert_true(label_errors_known(mnist));
    for (int i = 0; i < LABEL_ERROR_COUNT; i++)
        assert_int_equal(mnist->test.labels[label_errors_labels[i].index],
                         label_errors_labels[i].label);
    dataset_free(&mnist);
}

static void only_the_published_files_are_known(void **state)
{
    struct error error;
    struct dataset *mnist = fixture_mnist(), *made = fixture_dataset(10, 10, 28, 28, 1);
    assert_false(label_errors_known(made));
    const struct preprocess_config config = {.crop = 24};
    const char *folder = fixture_path(state, "mnist");
    const struct preprocess_origin origin = {.hash = ""};
    assert_true(preprocess_save(&config, mnist, folder, &origin, &error));
    dataset_free(&made);
    made = dataset_load(folder, DATASET_ANY, NULL, &error);
    assert_non_null(made);
    assert_int_equal(made->test.count, 10000);
    assert_string_equal(made->name, "mnist");
    assert_false(label_errors_known(made)); /* its labels may have been changed on the way */
    dataset_free(&made);
    made = dataset_load("data/fashion", DATASET_ANY, NULL, &error);
    if (made != NULL)
        assert_true(made->checked && !label_errors_known(made));
    dataset_free(&made);
    dataset_free(&mnist);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(its_labels_are_those_of_mnist),
        cmocka_unit_test_setup_teardown(only_the_published_files_are_known, fixture_folder,
                                        fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
