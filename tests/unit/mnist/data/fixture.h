/*
 * fixture - shared by the tests of mnist/data: a temporary folder, files with given bytes, small
 * data sets, and a watch that interrupts at a given tick.
 */
#ifndef TESTS_UNIT_MNIST_DATA_FIXTURE_H
#define TESTS_UNIT_MNIST_DATA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/base/thread_pool.h"
#include "mnist/data/dataset.h"

enum { FIXTURE_PATH = 512 };

/* A new empty folder for the test; state is the cmocka test's. Both fit cmocka's set-up and
   tear-down. */
int fixture_folder(void **state);
int fixture_remove(void **state);

/* folder/name, into one of a few static buffers. */
const char *fixture_path(void **state, const char *name);

void fixture_write(const char *path, const void *bytes, size_t size);
/* The file's bytes; the test frees them. */
uint8_t *fixture_read(const char *path, size_t *size);
/* Number of entries in the test's folder. */
int fixture_entries(void **state);

void fixture_u32(uint8_t *bytes, uint32_t value);
/* An IDX file of images with pixel k = k % 251, and of labels with label k = k % 10. The test
   frees them. */
uint8_t *fixture_images(int count, int rows, int columns, size_t *size);
uint8_t *fixture_labels(int count, size_t *size);
/* The bytes compressed with gzip. The test frees them. */
uint8_t *fixture_gzip(const uint8_t *bytes, size_t size, size_t *packed_size);

/* Writes 12 training and 5 test images of 4 x 3 pixels, with labels, to the test's folder. dotted:
   "images.idx3" instead of "images-idx3"; packed: compressed, with the ending .gz. */
void fixture_write_set(void **state, bool dotted, bool packed);

/* Fills the bytes with random numbers that depend on the item. */
void fixture_random_bytes(uint8_t *bytes, int size, uint32_t item);

/* Random images (half the pixels are 0) with labels 0..9 in turn. */
struct dataset *fixture_dataset(int train, int test, int rows, int columns, uint64_t seed);

/* MNIST from data/raw; skips the test if `make data` has not been run. */
struct dataset *fixture_mnist(void);

/* A watch that interrupts at the given tick (0 = never), counts ticks, and checks that the share
   done never falls. */
struct fixture_watch {
    struct progress watch;
    int ticks, stop_at;
    double share;
};
struct progress *fixture_watch(struct fixture_watch *watch, int stop_at);

void fixture_assert_contains(const char *text, const char *part);

/* Reading a file of images or labels must fail with this kind, and the text must contain the path
   and both strings. */
void fixture_assert_refused(bool labels, const char *path, enum error_kind kind, const char *one,
                            const char *two);

#endif
