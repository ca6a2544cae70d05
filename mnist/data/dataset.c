/*
 * dataset - reads a consistent copy of a folder, identifies published data sets, and computes
 * hashes.
 *
 * The SHA-256 is that of the unpacked file, so plain and gzip copies are recognised alike. Loading
 * computes it only for files with the exact size of a published file; the 55 MB of MNIST take 0.03
 * s on processors with SHA instructions. If the caller names the data set, the hashes are cached in
 * its folder (hash_cache.h).
 */
#include "mnist/data/dataset.h"

#include "mnist/base/atomic_file.h"
#include "mnist/base/subprogress.h"
#include "mnist/base/utf8.h"
#include "mnist/data/dataset_files.h"
#include "mnist/data/dataset_json.h"
#include "mnist/data/pages.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES = DATASET_FILES,
    TRAIN_IMAGES = DATASET_TRAIN_IMAGES,
    TRAIN_LABELS = DATASET_TRAIN_LABELS,
    TEST_IMAGES = DATASET_TEST_IMAGES,
    TEST_LABELS = DATASET_TEST_LABELS,
};

struct known {
    enum dataset_kind kind;
    const char *name;
    size_t size[FILES]; /* bytes, unpacked */
    const char *sha256[FILES];
};

/* Sources: yann.lecun.com/exdb/mnist; github.com/zalandoresearch/fashion-mnist. */
static const struct known known_sets[] = {
    {DATASET_MNIST,
     "mnist",
     {47040016, 60008, 7840016, 10008},
     {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
    {DATASET_FASHION,
     "fashion",
     {47040016, 60008, 7840016, 10008},
     {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}},
};
enum { KNOWN_SETS = sizeof known_sets / sizeof known_sets[0] };

/* Progress after all files have been read, and after each has been hashed (from the last to the
   first). The shares follow the sizes; unpacking takes much longer than hashing. */
static const double read_until = 0.8;
static const double hash_until[FILES] = {1, 0.83, 0.83, 0.8};

static const char *const digit_names[DATASET_CLASSES] = {"0", "1", "2", "3", "4",
                                                         "5", "6", "7", "8", "9"};
static const char *const fashion_names[DATASET_CLASSES] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/* ---- identification ---- */

static bool hash_file(char hex[SHA256_HEX_SIZE], const struct idx *idx, struct progress *progress,
                      struct error *error)
{
    uint8_t header[IDX_HEADER_MAX];
    size_t size = idx_header(header, idx);
    return sha256_hex(hex, header, size, idx->bytes, idx->size, progress, error);
}

static bool sizes_fit(const struct known *known, const struct idx *files)
{
    for (int i = 0; i < FILES; i++)
        if (idx_file_size(&files[i]) != known->size[i])
            return false;
    return true;
}

static bool fail_checksum(const struct known *known, int file, const char *path, const char *found,
                          struct error *error)
{
    return error_set(error, ERROR_DATA,
                     "%s: this is not the published file of %s: expected SHA-256 %s, found %s; "
                     "to use it anyway, `load` the folder by its path",
                     path, known->name, known->sha256[file], found);
}

static bool fail_size(const struct known *known, const struct idx *files,
                      char paths[FILES][DATASET_PATH_SIZE], struct error *error)
{
    int i = 0;
    while (idx_file_size(&files[i]) == known->size[i])
        i++;
    return error_set(error, ERROR_DATA,
                     "%s: this is not the published file of %s: expected %zu bytes, found %zu; "
                     "to use it anyway, `load` the folder by its path",
                     paths[i], known->name, known->size[i], idx_file_size(&files[i]));
}

static const struct known *find_known(enum dataset_kind kind)
{
    for (int i = 0; i < KNOWN_SETS; i++)
        if (known_sets[i].kind == kind)
            return &known_sets[i];
    return NULL;
}

/* Sets kind and checked; fails if the files are not those of the data set that the caller
   expects. */
static bool identify(struct dataset *dataset, enum dataset_kind kind,
                     char paths[FILES][DATASET_PATH_SIZE], struct progress *progress,
                     struct error *error)
{
    const struct known *claimed = find_known(kind);
    if (claimed != NULL && !sizes_fit(claimed, dataset->files))
        return fail_size(claimed, dataset->files, paths, error);
    bool possible[KNOWN_SETS], any = false, named = claimed != NULL, fresh = false;
    struct hash_cache_entry identities[FILES];
    char(*hexes)[SHA256_HEX_SIZE] = dataset->file_hashes;
    for (int k = 0; k < KNOWN_SETS; k++)
        any |= possible[k] = sizes_fit(&known_sets[k], dataset->files);
    for (int i = FILES - 1; i >= 0 && any;
         i--) { /* small files first: a mismatch there saves hashing the large ones */
        char *hex = hexes[i];
        struct subprogress phase;
        double begin = i == FILES - 1 ? read_until : hash_until[i + 1];
        identities[i] = dataset->files[i].identity;
        bool cached = named && hash_cache_find(dataset->folder, &identities[i], hex);
        if (!cached && !hash_file(hex, &dataset->files[i],
                                  subprogress_begin(&phase, progress, begin, hash_until[i]), error))
            return false;
        fresh |= !cached;
        if (claimed != NULL && strcmp(hex, claimed->sha256[i]) != 0)
            return fail_checksum(claimed, i, paths[i], hex, error);
        any = false;
        for (int k = 0; k < KNOWN_SETS; k++)
            any |= possible[k] = possible[k] && strcmp(hex, known_sets[k].sha256[i]) == 0;
    }
    if (named && fresh)
        hash_cache_write(dataset->folder, identities, hexes, FILES);
    for (int k = 0; k < KNOWN_SETS; k++)
        if (possible[k]) {
            dataset->kind = known_sets[k].kind;
            dataset->checked = true;
        }
    return true;
}

/* ---- life cycle ---- */

static void point_parts(struct dataset *dataset)
{
    struct idx *files = dataset->files;
    dataset->rows = files[TRAIN_IMAGES].rows;
    dataset->columns = files[TRAIN_IMAGES].columns;
    files[TEST_IMAGES].rows = dataset->rows; /* an empty file has none */
    files[TEST_IMAGES].columns = dataset->columns;
    dataset->train = (struct dataset_part){files[TRAIN_IMAGES].count, files[TRAIN_IMAGES].bytes,
                                           files[TRAIN_LABELS].bytes};
    dataset->test = (struct dataset_part){files[TEST_IMAGES].count, files[TEST_IMAGES].bytes,
                                          files[TEST_LABELS].bytes};
}

static void name_from_folder(struct dataset *dataset)
{
    const char *folder = dataset->folder;
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && folder[begin - 1] != '/')
        begin--;
    char name[DATASET_NAME_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)(end - begin), folder + begin);
    utf8_visible(dataset->name, sizeof dataset->name, name, false);
}

static bool load(struct dataset *dataset, enum dataset_kind kind, struct progress *progress,
                 struct error *error)
{
    char paths[FILES][DATASET_PATH_SIZE];
    struct dataset_json fields;
    bool processed;
    struct subprogress phase;
    if (!dataset_files_read(dataset->files, paths, dataset->folder,
                            subprogress_begin(&phase, progress, 0, read_until), error) ||
        !dataset_json_read(&fields, &processed, dataset->folder, error))
        return false;
    name_from_folder(dataset);
    if (processed && kind == DATASET_ANY) {
        dataset->kind = fields.fashion ? DATASET_FASHION : DATASET_ANY;
        snprintf(dataset->note, sizeof dataset->note, "%s", fields.note);
    } else if (!identify(dataset, kind, paths, progress, error)) {
        return false;
    }
    snprintf(dataset->source_hash, sizeof dataset->source_hash, "%s", fields.source_hash);
    if (dataset->checked)
        snprintf(dataset->name, sizeof dataset->name, "%s", find_known(dataset->kind)->name);
    point_parts(dataset);
    return true;
}

static struct dataset *load_once(const char *folder, enum dataset_kind kind,
                                 struct progress *progress, struct error *error)
{
    struct dataset *dataset = calloc(1, sizeof *dataset);
    if (dataset == NULL) {
        error_memory(error, "a data set", sizeof *dataset);
        return NULL;
    }
    snprintf(dataset->folder, sizeof dataset->folder, "%s", folder);
    if (!load(dataset, kind, progress, error))
        dataset_free(&dataset);
    return dataset;
}

/* Whether the folder at this path is still the open one. */
static bool same_folder(int held, const char *folder)
{
    struct stat then, now;
    return held >= 0 && fstat(held, &then) == 0 && stat(folder, &now) == 0 &&
           then.st_dev == now.st_dev && then.st_ino == now.st_ino;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* preprocess_save replaces whole folders. Files are opened by path one after another, so a
   replacement during loading could mix the files of two data sets; in this case all files are read
   again. Holding the folder open prevents its inode number from being reused. */
static struct dataset *load_whole(const char *folder, enum dataset_kind kind,
                                  struct progress *progress, struct error *error)
{
    enum { TRIES = 100 };
    for (int try = 0; try < TRIES; try++) {
        int held = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        bool missing = held < 0 && errno == ENOENT;
        struct dataset *dataset = load_once(folder, kind, progress, error);
        bool again = held >= 0 ? !same_folder(held, folder)
                               : missing && (is_folder(folder) || atomic_folder_recover(folder));
        if (held >= 0)
            close(held);
        if (!again || (dataset == NULL && error->kind == ERROR_INTERRUPTED))
            return dataset;
        dataset_free(&dataset);
    }
    error_set(error, ERROR_DATA,
              "%s: another program replaced the folder repeatedly while it was read; load it again "
              "when that program has finished",
              folder);
    return NULL;
}

struct dataset *dataset_load(const char *folder, enum dataset_kind kind, struct progress *progress,
                             struct error *error)
{
    if (strlen(folder) >= DATASET_FOLDER_SIZE || folder[0] == '\0') {
        error_set(error, ERROR_USAGE, "the path of a folder must have 1 to %d bytes, not %zu",
                  DATASET_FOLDER_SIZE - 1, strlen(folder));
        return NULL;
    }
    struct error ignored;
    return load_whole(folder, kind, progress, error != NULL ? error : &ignored);
}

void dataset_free(struct dataset **dataset)
{
    if (*dataset == NULL)
        return;
    for (int i = 0; i < FILES; i++)
        idx_release(&(*dataset)->files[i]);
    free(*dataset);
    *dataset = NULL;
}

/* rows = 0 for labels. */
static bool allocate(struct idx *idx, int count, int rows, int columns, struct error *error)
{
    idx->labels = rows == 0;
    rows = idx->labels ? 1 : rows;
    size_t size = (size_t)count * (size_t)rows * (size_t)columns;
    if (!idx_allocate(idx, size))
        return error_memory(error, "a data set", size);
    idx->count = count;
    idx->rows = rows;
    idx->columns = columns;
    return true;
}

struct dataset *dataset_new(int train_count, int test_count, int rows, int columns,
                            struct error *error)
{
    assert(train_count > 0 && train_count <= IDX_COUNT_MAX && test_count >= 0 &&
           test_count <= IDX_COUNT_MAX);
    assert(rows > 0 && rows <= IDX_SIDE_MAX && columns > 0 && columns <= IDX_SIDE_MAX);
    struct dataset *dataset = calloc(1, sizeof *dataset);
    if (dataset == NULL) {
        error_memory(error, "a data set", sizeof *dataset);
        return NULL;
    }
    struct idx *files = dataset->files;
    if (!allocate(&files[TRAIN_IMAGES], train_count, rows, columns, error) ||
        !allocate(&files[TRAIN_LABELS], train_count, 0, 1, error) ||
        !allocate(&files[TEST_IMAGES], test_count, rows, columns, error) ||
        !allocate(&files[TEST_LABELS], test_count, 0, 1, error)) {
        dataset_free(&dataset);
        return NULL;
    }
    point_parts(dataset);
    return dataset;
}

/* ---- queries ---- */

uint8_t *dataset_images(struct dataset *dataset, struct dataset_part *part)
{
    assert(part == &dataset->train || part == &dataset->test);
    assert(dataset->folder[0] == '\0');
    return dataset->files[part == &dataset->train ? TRAIN_IMAGES : TEST_IMAGES].memory;
}

uint8_t *dataset_labels(struct dataset *dataset, struct dataset_part *part)
{
    assert(part == &dataset->train || part == &dataset->test);
    assert(dataset->folder[0] == '\0');
    return dataset->files[part == &dataset->train ? TRAIN_LABELS : TEST_LABELS].memory;
}

bool dataset_edit(struct dataset *dataset, struct error *error)
{
    for (int i = 0; i < FILES; i++) {
        const struct idx *file = &dataset->files[i];
        if (!pages_allow_writes(file->memory, file->size, true))
            return error_system(error, "cannot make the images writable");
    }
    dataset->checked = false;
    dataset->edited = true;
    return true;
}

const char *dataset_hash(struct dataset *dataset)
{
    struct error ignored;
    char text[FILES * SHA256_HEX_SIZE + 1];
    size_t used = 0;
    if (dataset->hash[0] != '\0' && !dataset->edited)
        return dataset->hash;
    dataset->hash[0] = '\0';
    for (int i = 0; i < FILES; i++) {
        char *hex = dataset->file_hashes[i];
        if ((hex[0] == '\0' || dataset->edited) &&
            !hash_file(hex, &dataset->files[i], NULL, &ignored))
            return dataset->hash;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", hex);
    }
    if (!sha256_hex(dataset->hash, NULL, 0, text, used, NULL, &ignored))
        dataset->hash[0] = '\0';
    return dataset->hash;
}

const char *dataset_source_hash(struct dataset *dataset)
{
    return dataset->source_hash[0] != '\0' ? dataset->source_hash : dataset_hash(dataset);
}

const char *dataset_class_name(const struct dataset *dataset, int class)
{
    assert(class >= 0 && class < DATASET_CLASSES);
    return dataset->kind == DATASET_FASHION ? fashion_names[class] : digit_names[class];
}
