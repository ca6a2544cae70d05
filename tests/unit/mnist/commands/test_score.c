/*
 * test_score - scores with hand-computed values, with and without the known label errors.
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <math.h>

#include "mnist/commands/score.h"
#include "mnist/data/label_errors.h"

enum { IMAGES = 10000 };

static uint8_t labels[IMAGES];
static float probabilities[IMAGES][DATASET_CLASSES];

/* All labels are 3, all predictions are 3. */
static void answer_all(void)
{
    memset(labels, 3, sizeof labels);
    memset(probabilities, 0, sizeof probabilities);
    for (int i = 0; i < IMAGES; i++)
        probabilities[i][3] = 0.6f;
}

static void answer_wrongly(int image)
{
    probabilities[image][5] = 0.7f;
}

static void counts(void **state)
{
    (void)state;
    answer_all();
    answer_wrongly(0);
    answer_wrongly(IMAGES - 1);
    struct score score = score_count(probabilities[0], labels, IMAGES);
    assert_int_equal(score.images, IMAGES);
    assert_int_equal(score.correct, IMAGES - 2);
    assert_int_equal(score_errors(score), 2);
    assert_true(score_accuracy(score) == 0.9998);
    assert_int_equal(score_errors(score_count(probabilities[0], labels, 1)), 1);
    assert_true(isnan(score_accuracy((struct score){0, 0}))); /* 0/0 */
}

static void label_errors_labels_are_left_out(void **state)
{
    (void)state;
    struct dataset dataset = {.kind = DATASET_MNIST, .checked = true, .test = {.count = IMAGES}};
    static struct session session;
    session.data.loaded = &dataset;
    struct selection selection = {.name = "test", .part = &dataset.test, .count = IMAGES};
    struct score score = {1, 2};
    answer_all();
    answer_wrongly(946);
    answer_wrongly(947);
    answer_wrongly(9729);
    assert_true(score_without_label_errors(&score, &session, &selection, probabilities[0], labels));
    assert_int_equal(score.images, 9985);
    assert_int_equal(score_errors(score), 1);
    score = (struct score){1, 2};
    selection.name = "train";
    assert_false(
        score_without_label_errors(&score, &session, &selection, probabilities[0], labels));
    selection.name = "test";
    dataset.checked = false;
    assert_false(
        score_without_label_errors(&score, &session, &selection, probabilities[0], labels));
    dataset.checked = true;
    dataset.kind = DATASET_FASHION;
    assert_false(
        score_without_label_errors(&score, &session, &selection, probabilities[0], labels));
    assert_true(score.correct == 1 && score.images == 2);
}

static void cells(void **state)
{
    (void)state;
    struct table *table = table_new(NULL);
    table_column(table, "accuracy", TABLE_RIGHT);
    table_column(table, "interval", TABLE_RIGHT);
    table_row(table);
    score_percent_cell(table, 0.99361);
    score_interval_cell(table, (struct score){9936, 10000}); /* by hand: 0.991836 and 0.994985 */
    table_row(table);
    score_percent_cell(table, score_accuracy((struct score){0, 0}));
    score_interval_cell(table, (struct score){0, 0});
    char *text = table_text(table);
    assert_non_null(strstr(text, " 99.36 %"));
    assert_non_null(strstr(text, " 99.18 to 99.50"));
    assert_non_null(strstr(text, "\n       -               -"));
    free(text);
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(label_errors_labels_are_left_out),
        cmocka_unit_test(cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
