/*
 * test_provenance - the list of training sets, leakage, JSON.
 *
 * Independent computation: leaked images are counted by membership in the lists of split_make. Law:
 * JSON is read back equal. Edge cases: an untrained network, entries without hashes, no held-out
 * images, another source, more trainings than entries. Malformed JSON is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/data/split.h"
#include "mnist/workspace/provenance.h"

enum { IMAGES = 400 };

/* Labels 0 to 9 in turn; all pixels 0 except one, which makes the set unique. */
static struct dataset *make_set(const char *name, uint8_t ink)
{
    struct error error;
    struct dataset *dataset = dataset_new(IMAGES, 10, 8, 8, &error);
    assert_non_null(dataset);
    snprintf(dataset->name, sizeof dataset->name, "%s", name);
    for (int i = 0; i < IMAGES; i++)
        dataset_labels(dataset, &dataset->train)[i] = (uint8_t)(i % 10);
    dataset_images(dataset, &dataset->train)[0] = ink;
    return dataset;
}

static struct training_images learnt(struct dataset *dataset, int validation, uint64_t seed)
{
    struct training_images images = {.validation = validation, .split_seed = seed};
    snprintf(images.name, sizeof images.name, "%s", dataset->name);
    snprintf(images.hash, sizeof images.hash, "%s", dataset_hash(dataset));
    snprintf(images.source_hash, sizeof images.source_hash, "%s", dataset_source_hash(dataset));
    return images;
}

static struct split make_split(struct dataset *dataset, int validation, uint64_t seed)
{
    struct split split;
    struct error error;
    assert_true(split_make(&split, dataset->train.labels, IMAGES, validation, seed, &error));
    return split;
}

static bool contains(const uint32_t *list, int count, uint32_t item)
{
    for (int i = 0; i < count; i++)
        if (list[i] == item)
            return true;
    return false;
}

static int leakage(const struct provenance *provenance, struct dataset *dataset,
                   const struct split *split)
{
    int leaked = -1;
    struct error error;
    assert_true(provenance_leakage(provenance, dataset, split->validation, split->validation_count,
                                   &leaked, &error));
    return leaked;
}

static void leaked_images_are_those_in_both_lists(void **state)
{
    (void)state;
    struct dataset *set = make_set("set", 1), *other = make_set("set", 2);
    struct split was = make_split(set, 100, 1), is = make_split(set, 150, 2);
    struct provenance provenance = {0};
    assert_int_equal(leakage(&provenance, set, &is), 0);
    struct training_images images = learnt(set, 100, 1);
    provenance_add(&provenance, &images);
    int expected = 0;
    for (int i = 0; i < is.validation_count; i++)
        expected += contains(was.train, was.train_count, is.validation[i]);
    assert_in_range(expected, 1, 149);
    assert_int_equal(leakage(&provenance, set, &is), expected);
    assert_int_equal(leakage(&provenance, set, &was), 0);
    assert_int_equal(leakage(&provenance, other, &is), 0);
    /* A second training on the other split adds its images: now every image was used. */
    images = learnt(set, 150, 2);
    provenance_add(&provenance, &images);
    expected = 0;
    for (int i = 0; i < was.validation_count; i++)
        expected += contains(is.train, is.train_count, was.validation[i]);
    assert_int_equal(leakage(&provenance, set, &was), expected);
    /* Nothing held out. */
    struct provenance all = {0};
    images = learnt(set, 0, 0);
    provenance_add(&all, &images);
    assert_int_equal(leakage(&all, set, &is), 150);
    split_release(&was);
    split_release(&is);
    dataset_free(&set);
    dataset_free(&other);
}

/* A set that was saved after preprocessing has other pixels, but its images keep their index. */
static void a_saved_set_has_the_images_of_its_source(void **state)
{
    (void)state;
    struct dataset *set = make_set("set", 1), *saved = make_set("saved", 2);
    snprintf(saved->source_hash, sizeof saved->source_hash, "%s", dataset_hash(set));
    struct provenance provenance = {0};
    struct training_images images = learnt(saved, 0, 0);
    provenance_add(&provenance, &images);
    struct split split = make_split(set, 50, 3);
    assert_int_equal(leakage(&provenance, set, &split), 50);
    assert_false(provenance_knows(&provenance, set));
    assert_true(provenance_knows(&provenance, saved));
    split_release(&split);
    dataset_free(&set);
    dataset_free(&saved);
}

static void data_are_known_by_content_or_else_by_name(void **state)
{
    (void)state;
    struct dataset *set = make_set("set", 1), *same = make_set("renamed", 1),
                   *other = make_set("set", 2);
    struct provenance provenance = {0};
    assert_true(provenance_knows(&provenance, other));
    assert_null(provenance_last(&provenance));
    struct training_images images = learnt(set, 10, 1);
    provenance_add(&provenance, &images);
    assert_true(provenance_knows(&provenance, set));
    assert_true(provenance_knows(&provenance, same));
    assert_false(provenance_knows(&provenance, other));
    struct provenance old = {.entries = {{.name = "set", .validation = 10, .split_seed = 1}},
                             .count = 1};
    assert_true(provenance_knows(&old, other));
    assert_false(provenance_knows(&old, same));
    struct split split = make_split(other, 10, 2);
    assert_in_range(leakage(&old, other, &split), 1, 10);
    split_release(&split);
    dataset_free(&set);
    dataset_free(&same);
    dataset_free(&other);
}

static void more_trainings_than_entries_overstate_the_leakage(void **state)
{
    (void)state;
    struct dataset *set = make_set("set", 1);
    struct provenance provenance = {0};
    for (uint64_t seed = 1; seed <= PROVENANCE_MAX + 3; seed++) {
        struct training_images images = learnt(set, 390, seed);
        provenance_add(&provenance, &images);
        provenance_add(&provenance, &images); /* the same again changes nothing */
    }
    assert_int_equal(provenance.count, PROVENANCE_MAX);
    assert_int_equal(provenance_last(&provenance)->split_seed, PROVENANCE_MAX + 3);
    struct split first = make_split(set, 390, 1);
    assert_int_equal(leakage(&provenance, set, &first), 390);
    split_release(&first);
    dataset_free(&set);
}

static void text_reads_back_the_same(void **state)
{
    (void)state;
    struct dataset *set = make_set("a \"name\" \xc3\xa9", 1);
    struct provenance provenance = {0}, read;
    struct training_images images = learnt(set, 0, UINT64_MAX);
    provenance_add(&provenance, &images);
    images = learnt(set, 390, 7);
    provenance_add(&provenance, &images);
    char *text = provenance_text(&provenance);
    assert_non_null(text);
    assert_true(provenance_parse(&read, text));
    assert_int_equal(read.count, 2);
    for (int i = 0; i < 2; i++) {
        const struct training_images *a = &provenance.entries[i], *b = &read.entries[i];
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->hash, b->hash);
        assert_string_equal(a->source_hash, b->source_hash);
        assert_int_equal(a->validation, b->validation);
        assert_true(a->split_seed == b->split_seed);
    }
    for (size_t length = 0; length < strlen(text); length++) {
        char prefix[2048];
        snprintf(prefix, sizeof prefix, "%.*s", (int)length, text);
        assert_false(provenance_parse(&read, prefix));
        assert_int_equal(read.count, 0);
    }
    free(text);
    dataset_free(&set);
}

static void malformed_text_is_refused(void **state)
{
    (void)state;
#define ENTRY(validation) \
    "{\"data\":\"a\",\"hash\":\"\",\"source\":\"\",\"validation\":" validation ",\"split_seed\":1}"
    static const char *const wrong[] = {
        "{}",
        "3",
        "[3]",
        "[{}]",
        "[" ENTRY("-1") "]",
        "[" ENTRY("1.5") "]",
        "[" ENTRY("99999999999") "]",
        "[{\"data\":1,\"hash\":\"\"}]",
        "[" ENTRY("1") "," ENTRY("2") "," ENTRY("3") "," ENTRY("4") "," ENTRY("5") "," ENTRY(
            "6") "," ENTRY("7") "," ENTRY("8") "," ENTRY("9") "]"};
    struct provenance read;
    assert_true(provenance_parse(&read, "[]"));
    assert_true(provenance_parse(&read, "[" ENTRY("0") "]"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (provenance_parse(&read, wrong[i]))
            fail_msg("%s was accepted", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaked_images_are_those_in_both_lists),
        cmocka_unit_test(a_saved_set_has_the_images_of_its_source),
        cmocka_unit_test(data_are_known_by_content_or_else_by_name),
        cmocka_unit_test(more_trainings_than_entries_overstate_the_leakage),
        cmocka_unit_test(text_reads_back_the_same),
        cmocka_unit_test(malformed_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
