/*
 * Proves for model files, by law: a saved file loads to the same bits, with all metadata and extra
 * tensors. With malformed input: every prefix of a file is refused; every flipped byte of the
 * header gives an error, identical content or a file without a SHA-256; every flipped byte of the
 * tensors is detected. By hand: headers with overlaps, gaps, wrong types, wrong shapes and other
 * formats are refused. A failed save leaves the old file unchanged and creates no other file.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mnist/nn/model/model_file.h"
#include "tests/unit/mnist/nn/network_fixture.h"

static const struct shape digit = {1, 9, 9};
static const char text[] = "conv 2 3x3; batchnorm; relu; maxpool 2; dense 10";

struct folder {
    char path[64], file[96];
};

static struct folder make_folder(void)
{
    struct folder folder = {.path = "/tmp/mnist_model_XXXXXX"};
    assert_non_null(mkdtemp(folder.path));
    snprintf(folder.file, sizeof folder.file, "%s/model.safetensors", folder.path);
    return folder;
}

/* Removes it; fails if anything but the model is in it. */
static void remove_folder(const struct folder *folder)
{
    unlink(folder->file);
    assert_int_equal(rmdir(folder->path), 0);
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static unsigned char *read_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static const float extra_values[3] = {1.5f, -2, 0};
static const struct model_pair pairs[] = {{"seed", "42"},
                                          {"recipe", "epochs=5 \"quoted\" \xc3\xa9"}};
static const struct model_tensor extra = {"optimizer.mean", extra_values, 3};

static struct network *save_small(const struct folder *folder)
{
    struct network *network = network_from_text(text, digit, 5);
    struct error error = {0};
    if (!model_file_save(folder->file, network, pairs, 2, &extra, 1, &error))
        fail_msg("%s", error.text);
    return network;
}

/* ---- there and back -------------------------------------------------------------------------- */

static void saved_loads_to_the_same_bits(void **state)
{
    (void)state;
    struct folder folder = make_folder();
    struct network *network = save_small(&folder);
    struct error error = {0};
    struct model_file *file = model_file_open(folder.file, &error);
    assert_non_null(file);
    assert_string_equal(model_file_metadata(file, "seed"), "42");
    assert_string_equal(model_file_metadata(file, "recipe"), pairs[1].value);
    assert_string_equal(model_file_metadata(file, MODEL_KEY_FORMAT), "mnist");
    assert_null(model_file_metadata(file, "nothing"));
    assert_true(model_file_verified(file));
    struct shape input;
    assert_true(model_file_input(file, &input, &error));
    assert_memory_equal(&input, &digit, sizeof input);
    struct network *loaded =
        network_from_text(model_file_metadata(file, MODEL_KEY_NETWORK), input, 99);
    assert_true(model_file_load(file, loaded, &error));
    assert_int_equal(network_hash(loaded), network_hash(network));
    float values[3];
    assert_true(model_file_read(file, "optimizer.mean", values, 3, &error));
    assert_memory_equal(values, extra_values, sizeof values);
    assert_false(model_file_read(file, "optimizer.mean", values, 2, &error));
    assert_false(model_file_read(file, "optimizer.other", values, 3, &error));
    model_file_free(&file);
    assert_null(file);
    network_free(&network);
    network_free(&loaded);
    remove_folder(&folder);
}

static void another_network_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *network, *words;
    } cases[] = {
        {"conv 3 3x3; batchnorm; relu; maxpool 2; dense 10",
         "its tensor conv1.weight is [2, 1, 3, 3], but the network needs [3, 1, 3, 3]"},
        {"conv 2 3x3; batchnorm; conv 2 3x3; dense 10",
         "does not contain the network's tensor conv2.weight"},
    };
    struct folder folder = make_folder();
    struct network *network = save_small(&folder);
    struct error error = {0};
    struct model_file *file = model_file_open(folder.file, &error);
    for (int i = 0; i < 2; i++) {
        struct network *other = network_from_text(cases[i].network, digit, 1);
        uint64_t before = network_hash(other);
        assert_false(model_file_load(file, other, &error));
        assert_int_equal(error.kind, ERROR_DATA);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("\"%s\" does not contain \"%s\"", error.text, cases[i].words);
        assert_int_equal(network_hash(other), before);
        network_free(&other);
    }
    model_file_free(&file);
    network_free(&network);
    remove_folder(&folder);
}

/* ---- broken files ---------------------------------------------------------------------------- */

/* The metadata of save_small's file. */
static bool same_metadata(const struct model_file *file)
{
    const char *seed = model_file_metadata(file, "seed"),
               *recipe = model_file_metadata(file, "recipe");
    return seed != NULL && strcmp(seed, pairs[0].value) == 0 && recipe != NULL &&
           strcmp(recipe, pairs[1].value) == 0;
}

/* Reads the file at path in every way; values that are read must equal those of `wanted`. True if
   it was refused, or contains no SHA-256, which the reader can detect. */
static bool refused(const char *path, const struct network *wanted)
{
    struct error error = {0};
    struct model_file *file = model_file_open(path, &error);
    struct network *network = network_clone(wanted, NULL);
    struct shape input;
    bool done = file != NULL && model_file_input(file, &input, &error) &&
                model_file_load(file, network, &error);
    bool verified = done && model_file_verified(file);
    if (done)
        assert_int_equal(network_hash(network), network_hash(wanted));
    else
        assert_true(error.kind == ERROR_DATA && error.text[0] != '\0');
    if (verified)
        assert_true(same_metadata(file));
    network_free(&network);
    model_file_free(&file);
    return !verified;
}

static void every_prefix_is_refused(void **state)
{
    (void)state;
    struct folder folder = make_folder();
    struct network *network = save_small(&folder);
    size_t size;
    unsigned char *bytes = read_bytes(folder.file, &size);
    for (size_t length = 0; length < size; length++) {
        write_bytes(folder.file, bytes, length);
        if (!refused(folder.file, network))
            fail_msg("the first %zu of %zu bytes were taken for a model", length, size);
    }
    free(bytes);
    network_free(&network);
    remove_folder(&folder);
}

static void every_flipped_byte_is_refused_or_harmless(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x20, 0x80, 0xff};
    struct folder folder = make_folder();
    struct network *network = save_small(&folder);
    size_t size, count = 0, harmless = 0;
    unsigned char *bytes = read_bytes(folder.file, &size);
    size_t weights = size - sizeof extra_values - network_value_count(network) * sizeof(float);
    for (size_t i = 0; i < size; i += i < weights || i >= size - sizeof extra_values ? 1 : 7)
        for (int flip = 0; flip < 4; flip++) {
            bytes[i] ^= flips[flip];
            write_bytes(folder.file, bytes, size);
            bool no = refused(folder.file, network);
            if (i >= weights && !no)
                fail_msg("a flip of byte %zu of the tensors was not noticed", i - weights);
            bytes[i] ^= flips[flip];
            harmless += !no;
            count++;
        }
    assert_true(count > 2000);
    assert_int_equal(harmless, 0);
    free(bytes);
    network_free(&network);
    remove_folder(&folder);
}

/* A file of a header and count floats. */
static void write_header(const char *path, const char *header, size_t floats)
{
    size_t length = strlen(header), size = 8 + length + floats * sizeof(float);
    unsigned char *bytes = calloc(1, size);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + 8, header, length);
    write_bytes(path, bytes, size);
    free(bytes);
}

#define META "{\"__metadata__\":{\"format\":\"mnist\"}"
#define TENSOR(name, type, shape, offsets) \
    ",\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void forged_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header, *words;
    } cases[] = {
        {"{}", "no __metadata__"},
        {"[1]", "does not begin with '{'"},
        {"{\"__metadata__\":{\"format\":\"pt\"}}", "another program"},
        {"{\"__metadata__\":{\"format\":5}}", "not a string"},
        {META TENSOR("a", "F16", "[4]", "[0,16]") "}", "dtype F16"},
        {META TENSOR("a", "F32", "[2]", "[0,16]") "}", "has 16 bytes, but its shape requires 8"},
        {META TENSOR("a", "F32", "[0]", "[0,0]") "}", "not a valid size"},
        {META TENSOR("a", "F32", "[-4]", "[0,16]") "}", "not a valid size"},
        {META TENSOR("a", "F32", "[4.0]", "[0,16]") "}", "not a valid size"},
        {META TENSOR("a", "F32", "[4294967296,4294967296]", "[0,16]") "}", "not a valid size"},
        {META TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,4]", "[0,16]") "}", "at most 8"},
        {META TENSOR("a", "F32", "4", "[0,16]") "}", "must have a shape"},
        {META TENSOR("a", "F32", "[4]", "[16,0]") "}", "no valid data_offsets"},
        {META TENSOR("a", "F32", "[4]", "[-16,0]") "}", "no valid data_offsets"},
        {META TENSOR("a", "F32", "[4]", "[0]") "}", "no valid data_offsets"},
        {META TENSOR("a", "F32", "[4]", "[0,32]") "}", "truncated"},
        {META TENSOR("a", "F32", "[3]", "[4,16]") "}", "a gap"},
        {META TENSOR("a", "F32", "[3]", "[0,12]") "}", "the tensors have 12"},
        {META TENSOR("a", "F32", "[3]", "[0,12]") TENSOR("b", "F32", "[2]", "[8,16]") "}",
         "an overlap"},
        {META ",\"a\":5}", "dtype none"},
        {META ",\"a\":{},\"a\":{}}", "not JSON"},
        {META, "not JSON"},
    };
    struct folder folder = make_folder();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        write_header(folder.file, cases[i].header, 4);
        struct model_file *file = model_file_open(folder.file, &error);
        if (file != NULL)
            fail_msg("%s was accepted", cases[i].header);
        assert_int_equal(error.kind, ERROR_DATA);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("%s: \"%s\" does not contain \"%s\"", cases[i].header, error.text,
                     cases[i].words);
    }
    remove_folder(&folder);
}

/* The header size is compared with the file's size before any byte of the header is read. */
static void header_size_is_checked_first(void **state)
{
    (void)state;
    static const unsigned char firsts[][2] = {{3, 0}, {0, 1}, {255, 255}};
    struct folder folder = make_folder();
    for (int i = 0; i < 3; i++) {
        unsigned char bytes[10] = {firsts[i][0], firsts[i][1], 0, 0, 0, 0, 0, 0, '{', '}'};
        struct error error = {0};
        write_bytes(folder.file, bytes, sizeof bytes);
        assert_null(model_file_open(folder.file, &error));
        assert_non_null(strstr(error.text, "give a header size"));
    }
    remove_folder(&folder);
}

static void inputs_are_checked(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",       "1x28",  "1x28x28x1",       "0x28x28",
                                        "1x-8x8", "axbxc", "1x28x99999999999"};
    struct folder folder = make_folder();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error error = {0};
        struct shape input;
        char header[128];
        snprintf(header, sizeof header,
                 "{\"__metadata__\":{\"format\":\"mnist\",\"input\":\"%s\"}}", wrong[i]);
        write_header(folder.file, header, 0);
        struct model_file *file = model_file_open(folder.file, &error);
        assert_non_null(file);
        assert_false(model_file_input(file, &input, &error));
        assert_int_equal(error.kind, ERROR_DATA);
        model_file_free(&file);
    }
    remove_folder(&folder);
}

/* ---- the file system ------------------------------------------------------------------------- */

static void failed_saves_leave_the_old_file(void **state)
{
    (void)state;
    struct folder folder = make_folder();
    struct network *network = save_small(&folder);
    struct error error = {0};
    size_t before, after;
    unsigned char *old = read_bytes(folder.file, &before);
    struct model_pair not_utf8 = {"name", "\xff\xfe"};
    assert_false(model_file_save(folder.file, network, &not_utf8, 1, NULL, 0, &error));
    assert_non_null(strstr(error.text, "UTF-8"));
    unsigned char *now = read_bytes(folder.file, &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, now, before);
    assert_false(model_file_save("/tmp/no such folder/x", network, NULL, 0, NULL, 0, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "No such file or directory"));
    assert_false(model_file_save("/dev/full/x", network, NULL, 0, NULL, 0, &error));
    free(old);
    free(now);
    network_free(&network);
    remove_folder(&folder); /* nothing but the model is in it */
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    struct error error = {0};
    assert_null(model_file_open("/tmp/there is no such model", &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_null(model_file_open("/tmp", &error));
    assert_int_equal(error.kind, ERROR_DATA);
    assert_null(model_file_open("/dev/zero", &error));
    assert_int_equal(error.kind, ERROR_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_loads_to_the_same_bits),
        cmocka_unit_test(another_network_is_refused),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(every_flipped_byte_is_refused_or_harmless),
        cmocka_unit_test(forged_headers_are_refused),
        cmocka_unit_test(header_size_is_checked_first),
        cmocka_unit_test(inputs_are_checked),
        cmocka_unit_test(failed_saves_leave_the_old_file),
        cmocka_unit_test(what_is_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
