/*
 * fixture - temporary folders, generated IDX files and data sets, and a watch that interrupts.
 */
#include "tests/unit/mnist/data/fixture.h"

#include "mnist/base/rng.h"

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

int fixture_folder(void **state)
{
    const char *parent = getenv("TMPDIR");
    char *folder = malloc(FIXTURE_PATH);
    if (folder == NULL)
        return -1;
    snprintf(folder, FIXTURE_PATH, "%s/mnist-test-XXXXXX", parent != NULL ? parent : "/tmp");
    *state = mkdtemp(folder);
    return *state == NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

int fixture_remove(void **state)
{
    int failed = nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

const char *fixture_path(void **state, const char *name)
{
    static char paths[8][FIXTURE_PATH];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, FIXTURE_PATH, "%s/%s", (const char *)*state, name);
    return path;
}

void fixture_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

uint8_t *fixture_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

int fixture_entries(void **state)
{
    DIR *folder = opendir(*state);
    assert_non_null(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

void fixture_u32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

uint8_t *fixture_images(int count, int rows, int columns, size_t *size)
{
    size_t pixels = (size_t)count * (size_t)rows * (size_t)columns;
    uint8_t *bytes = malloc(16 + pixels);
    assert_non_null(bytes);
    fixture_u32(bytes, 0x803);
    fixture_u32(bytes + 4, (uint32_t)count);
    fixture_u32(bytes + 8, (uint32_t)rows);
    fixture_u32(bytes + 12, (uint32_t)columns);
    for (size_t k = 0; k < pixels; k++)
        bytes[16 + k] = (uint8_t)(k % 251);
    *size = 16 + pixels;
    return bytes;
}

uint8_t *fixture_labels(int count, size_t *size)
{
    uint8_t *bytes = malloc(8 + (size_t)count);
    assert_non_null(bytes);
    fixture_u32(bytes, 0x801);
    fixture_u32(bytes + 4, (uint32_t)count);
    for (int k = 0; k < count; k++)
        bytes[8 + k] = (uint8_t)(k % 10);
    *size = 8 + (size_t)count;
    return bytes;
}

uint8_t *fixture_gzip(const uint8_t *bytes, size_t size, size_t *packed_size)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&stream, size) + 32;
    uint8_t *packed = malloc(room);
    assert_non_null(packed);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *packed_size = room - stream.avail_out;
    deflateEnd(&stream);
    return packed;
}

static void fill_part(struct dataset *dataset, struct dataset_part *part, struct rng *rng)
{
    uint8_t *images = dataset_images(dataset, part), *labels = dataset_labels(dataset, part);
    size_t size = (size_t)part->count * dataset_image_size(dataset);
    for (size_t i = 0; i < size; i++) {
        uint32_t random = rng_u32(rng);
        images[i] = random >> 31 ? (uint8_t)random : 0;
    }
    for (int i = 0; i < part->count; i++)
        labels[i] = (uint8_t)(i % 10);
}

void fixture_write_set(void **state, bool dotted, bool packed)
{
    static const char *const stems[] = {"train-images", "train-labels", "t10k-images",
                                        "t10k-labels"};
    for (int i = 0; i < 4; i++) {
        size_t size;
        int count = i < 2 ? 12 : 5;
        uint8_t *bytes =
            i % 2 == 0 ? fixture_images(count, 4, 3, &size) : fixture_labels(count, &size);
        char name[64];
        snprintf(name, sizeof name, "%s%cidx%d-ubyte%s", stems[i], dotted ? '.' : '-',
                 i % 2 == 0 ? 3 : 1, packed ? ".gz" : "");
        if (packed) {
            uint8_t *plain = bytes;
            bytes = fixture_gzip(plain, size, &size);
            free(plain);
        }
        fixture_write(fixture_path(state, name), bytes, size);
        free(bytes);
    }
}

void fixture_random_bytes(uint8_t *bytes, int size, uint32_t item)
{
    struct rng rng = rng_stream(99, RNG_SAMPLE, 0, item);
    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)rng_u32(&rng);
}

struct dataset *fixture_dataset(int train, int test, int rows, int columns, uint64_t seed)
{
    struct dataset *dataset = dataset_new(train, test, rows, columns, NULL);
    assert_non_null(dataset);
    struct rng rng = rng_stream(seed, RNG_SAMPLE, 0, 0);
    fill_part(dataset, &dataset->train, &rng);
    fill_part(dataset, &dataset->test, &rng);
    return dataset;
}

struct dataset *fixture_mnist(void)
{
    struct error error;
    if (access("data/raw/train-images-idx3-ubyte", R_OK) != 0) {
        print_message("data/raw is missing: run `make data`\n");
        skip();
    }
    struct dataset *dataset = dataset_load("data/raw", DATASET_MNIST, NULL, &error);
    if (dataset == NULL)
        fail_msg("%s", error.text);
    return dataset;
}

static bool tick(struct progress *watch, double done, double total)
{
    struct fixture_watch *fixture = (struct fixture_watch *)watch;
    assert_true(total > 0 && done >= 0 && done <= total * (1 + 1e-12));
    assert_true(done / total >= fixture->share - 1e-12);
    fixture->share = done / total;
    fixture->ticks++;
    return fixture->stop_at == 0 || fixture->ticks < fixture->stop_at;
}

struct progress *fixture_watch(struct fixture_watch *watch, int stop_at)
{
    *watch = (struct fixture_watch){.watch = {.tick = tick}, .stop_at = stop_at};
    return &watch->watch;
}

void fixture_assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

void fixture_assert_refused(bool labels, const char *path, enum error_kind kind, const char *one,
                            const char *two)
{
    struct error error;
    struct idx idx = {.count = 99};
    bool ok = labels ? idx_read_labels(&idx, path, NULL, &error)
                     : idx_read_images(&idx, path, NULL, &error);
    if (ok)
        fail_msg("%s was accepted", path);
    assert_int_equal(error.kind, kind);
    fixture_assert_contains(error.text, path);
    fixture_assert_contains(error.text, one);
    fixture_assert_contains(error.text, two);
    assert_int_equal(idx.count, 0);
    assert_null(idx.bytes);
    idx_release(&idx);
}
