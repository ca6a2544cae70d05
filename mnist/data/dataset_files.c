/*
 * dataset_files - the spellings of the four file names, and the checks of counts and sizes across
 * the files.
 */
#include "mnist/data/dataset_files.h"

#include "mnist/base/subprogress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = DATASET_FILES, SPELLINGS = 4, PLAIN_SPELLINGS = 2 };

static const char *const file_names[FILES] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                              "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

/* Progress after each file has been read; the shares follow the sizes. */
static const double read_until[FILES] = {0.87, 0.87, 1, 1};

/* "train-images-idx3-ubyte", "train-images.idx3-ubyte", and both with ".gz". */
static void spell(char *text, size_t size, const char *name, int spelling)
{
    const char *dash = strstr(name, "-idx");
    snprintf(text, size, "%.*s%c%s%s", (int)(dash - name), name, spelling % 2 == 0 ? '-' : '.',
             dash + 1, spelling < PLAIN_SPELLINGS ? "" : ".gz");
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

/* The first existing spelling of a file in the folder, or in a subfolder with the file's name,
   which Kaggle's archives have; "" if there is none. */
static void find_file(char *path, size_t size, const char *folder, const char *name)
{
    char outer[SPELLING_SIZE], inner[SPELLING_SIZE];
    for (int i = 0; i < SPELLINGS; i++) {
        spell(inner, sizeof inner, name, i);
        snprintf(path, size, "%s/%s", folder, inner);
        if (is_file(path))
            return;
    }
    for (int o = 0; o < PLAIN_SPELLINGS; o++)
        for (int i = 0; i < SPELLINGS; i++) {
            spell(outer, sizeof outer, name, o);
            spell(inner, sizeof inner, name, i);
            snprintf(path, size, "%s/%s/%s", folder, outer, inner);
            if (is_file(path))
                return;
        }
    path[0] = '\0';
}

bool dataset_files_complete(const char *folder)
{
    char path[DATASET_PATH_SIZE];
    for (int i = 0; i < FILES; i++) {
        find_file(path, sizeof path, folder, file_names[i]);
        if (path[0] == '\0')
            return false;
    }
    return true;
}

static bool fail_missing(const char *folder, const char *name, struct error *error)
{
    struct stat status;
    if (stat(folder, &status) < 0)
        return error_set(error, ERROR_DATA,
                         "%s: expected a folder with four IDX files, but it cannot be opened: %s",
                         folder, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ERROR_DATA,
                         "%s: expected a folder with the four IDX files, found a file", folder);
    return error_set(
        error, ERROR_DATA,
        "%s/%s: this file does not exist, and neither does one with .idx instead of -idx or "
        "with .gz",
        folder, name);
}

static bool read_files(struct idx files[FILES], char paths[FILES][DATASET_PATH_SIZE],
                       struct progress *progress, struct error *error)
{
    for (int i = 0; i < FILES; i++) {
        struct subprogress phase;
        struct progress *inner =
            subprogress_begin(&phase, progress, i == 0 ? 0 : read_until[i - 1], read_until[i]);
        bool labels = i == DATASET_TRAIN_LABELS || i == DATASET_TEST_LABELS;
        bool ok = labels ? idx_read_labels(&files[i], paths[i], inner, error)
                         : idx_read_images(&files[i], paths[i], inner, error);
        if (!ok)
            return false;
    }
    return true;
}

/* The counts and sizes in the headers must fit together. */
static bool check_counts(const struct idx *files, char paths[FILES][DATASET_PATH_SIZE],
                         struct error *error)
{
    for (int i = 0; i < FILES; i += 2)
        if (files[i].count != files[i + 1].count)
            return error_set(
                error, ERROR_DATA,
                "%s: at byte 4: expected %d labels, since %s has as many images, found %d; "
                "the two files belong to different data sets",
                paths[i + 1], files[i].count, paths[i], files[i + 1].count);
    const struct idx *train = &files[DATASET_TRAIN_IMAGES], *test = &files[DATASET_TEST_IMAGES];
    if (train->count == 0)
        return error_set(error, ERROR_DATA,
                         "%s: the file contains no images; only the test set may be empty",
                         paths[DATASET_TRAIN_IMAGES]);
    if (test->count == 0)
        return true;
    if (train->rows != test->rows || train->columns != test->columns)
        return error_set(error, ERROR_DATA,
                         "%s: at byte 8: expected %d x %d pixels as in %s, found %d x %d; "
                         "the two files belong to different data sets",
                         paths[DATASET_TEST_IMAGES], train->rows, train->columns,
                         paths[DATASET_TRAIN_IMAGES], test->rows, test->columns);
    return true;
}

bool dataset_files_read(struct idx files[FILES], char paths[FILES][DATASET_PATH_SIZE],
                        const char *folder, struct progress *progress, struct error *error)
{
    for (int i = 0; i < FILES; i++) {
        find_file(paths[i], DATASET_PATH_SIZE, folder, file_names[i]);
        if (paths[i][0] == '\0')
            return fail_missing(folder, file_names[i], error);
    }
    return read_files(files, paths, progress, error) && check_counts(files, paths, error);
}
