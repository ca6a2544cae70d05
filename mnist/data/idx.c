/*
 * idx - reading and writing IDX files; the bytes are drawn in idx.h.
 *
 * The header is read and checked first, so that the size is known and within limits before any
 * memory is allocated; then come the data, which must end exactly where the header says. Packed
 * files differ only in packed.c. What is wrong is reported at its offset in the unpacked file.
 */
#include "mnist/data/idx.h"

#include "mnist/data/packed.h"
#include "mnist/data/pages.h"
#include "mnist/replace.h"

#include <assert.h>

enum {
    MAGIC_IMAGES = 0x00000803,
    MAGIC_LABELS = 0x00000801,
};

/* What a file must be; the reading functions pass it down. */
struct wanted {
    uint32_t magic;
    size_t header_size;
    const char *what;
};

static const struct wanted wanted_images = {MAGIC_IMAGES, IDX_IMAGES_HEADER, "images"};
static const struct wanted wanted_labels = {MAGIC_LABELS, IDX_LABELS_HEADER, "labels"};

static uint32_t read_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}

static const char *magic_meaning(uint32_t magic)
{
    switch (magic) {
    case MAGIC_IMAGES: return " (an IDX file of images)";
    case MAGIC_LABELS: return " (an IDX file of labels)";
    case 0x89504E47: return " (a PNG picture)";
    default:
        return magic >> 16 == 0x504B ? " (a zip archive)"
               : magic >> 24 == '<'  ? " (a web page?)"
                                     : "";
    }
}

static bool check_number(const char *path, int offset, const char *what, uint32_t found,
                         uint32_t max, struct error *error)
{
    if (found >= 1 && found <= max)
        return true;
    return error_set(error, ERROR_DATA,
                     "%s: at byte %d: expected the number of %s, 1 to %u, found %u; "
                     "the file is damaged or not made for this: fetch it again",
                     path, offset, what, max, found);
}

/* Fills count, rows, cols from a whole header and gives the size the file must have; 0 with
   error set if it cannot be. */
static size_t parse_header(struct idx *idx, const struct wanted *wanted, const char *path,
                           const uint8_t *header, struct error *error)
{
    uint32_t magic = read_u32(header);
    if (magic != wanted->magic) {
        error_set(error, ERROR_DATA,
                  "%s: at byte 0: expected %02x %02x %02x %02x (an IDX file of %s), "
                  "found %02x %02x %02x %02x%s; "
                  "is it the right file?",
                  path, wanted->magic >> 24, wanted->magic >> 16 & 255, wanted->magic >> 8 & 255,
                  wanted->magic & 255, wanted->what, header[0], header[1], header[2], header[3],
                  magic_meaning(magic));
        return 0;
    }
    uint32_t count = read_u32(header + 4), rows = 1, cols = 1;
    if (!check_number(path, 4, wanted->what, count, IDX_COUNT_MAX, error))
        return 0;
    if (wanted->magic == MAGIC_IMAGES) {
        rows = read_u32(header + 8);
        cols = read_u32(header + 12);
        if (!check_number(path, 8, "rows", rows, IDX_SIDE_MAX, error) ||
            !check_number(path, 12, "columns", cols, IDX_SIDE_MAX, error))
            return 0;
    }
    uint64_t size = wanted->header_size + (uint64_t)count * rows * cols;
    if (size > IDX_SIZE_MAX) {
        error_set(error, ERROR_DATA,
                  "%s: at byte 4: expected at most %d bytes in all, found %u x %u x %u pixels",
                  path, IDX_SIZE_MAX, count, rows, cols);
        return 0;
    }
    idx->labels = wanted->magic == MAGIC_LABELS;
    idx->count = (int)count;
    idx->rows = (int)rows;
    idx->cols = (int)cols;
    return (size_t)size;
}

static bool fail_truncated(const char *path, const char *unit, unsigned long long expected,
                           unsigned long long found, struct error *error)
{
    return error_set(error, ERROR_DATA,
                     "%s: at byte %llu: expected %llu bytes of %s, found the end of the file; "
                     "it was cut short: fetch it again",
                     path, found, expected, unit);
}

/* Memory of the size that the header gives; a file whose own size contradicts it is refused before
   any is allocated. */
static bool take_memory(struct idx *idx, const struct packed *file, size_t expected,
                        size_t header_size, struct error *error)
{
    if (!file->gzip && file->size < expected)
        return fail_truncated(file->path, "header and data, as the header says", expected,
                              file->size, error);
    return idx_allocate(idx, expected - header_size) ||
           error_memory(error, file->path, expected - header_size);
}

static bool read_data(struct idx *idx, const struct wanted *wanted, struct packed *file,
                      size_t expected, struct watch *watch, struct error *error)
{
    size_t got;
    if (!take_memory(idx, file, expected, wanted->header_size, error) ||
        !packed_read(file, idx->memory, idx->size, &got, watch, error))
        return false;
    if (got < idx->size)
        return packed_unchanged(file, error) &&
               fail_truncated(file->path, "unpacked header and data, as the header says", expected,
                              wanted->header_size + got, error);
    if (!packed_end(file, expected, error))
        return false;
    return pages_allow_writes(idx->memory, idx->size, false) ||
           error_system(error, "%s: the data cannot be made read-only", file->path);
}

static bool read_content(struct idx *idx, const struct wanted *wanted, struct packed *file,
                         struct watch *watch, struct error *error)
{
    uint8_t header[IDX_HEADER_MAX];
    size_t got;
    if (!packed_read(file, header, wanted->header_size, &got, NULL, error))
        return false;
    if (got < wanted->header_size)
        return fail_truncated(file->path, file->gzip ? "unpacked header" : "header",
                              wanted->header_size, got, error);
    size_t expected = parse_header(idx, wanted, file->path, header, error);
    return expected > 0 && read_data(idx, wanted, file, expected, watch, error);
}

static bool read_file(struct idx *idx, const struct wanted *wanted, const char *path,
                      struct watch *watch, struct error *error)
{
    struct packed file;
    *idx = (struct idx){0};
    if (!packed_open(&file, path, error))
        return false;
    bool ok = read_content(idx, wanted, &file, watch, error);
    packed_close(&file);
    if (ok)
        idx->identity = file.identity;
    else
        idx_release(idx);
    return ok;
}

bool idx_allocate(struct idx *idx, size_t size)
{
    idx->memory = pages_new(size);
    idx->size = idx->memory == NULL ? 0 : size;
    idx->bytes = idx->memory;
    return idx->memory != NULL;
}

size_t idx_file_size(const struct idx *idx)
{
    return (idx->labels ? IDX_LABELS_HEADER : IDX_IMAGES_HEADER) + idx->size;
}

bool idx_read_images(struct idx *idx, const char *path, struct watch *watch, struct error *error)
{
    return read_file(idx, &wanted_images, path, watch, error);
}

bool idx_read_labels(struct idx *idx, const char *path, struct watch *watch, struct error *error)
{
    if (!read_file(idx, &wanted_labels, path, watch, error))
        return false;
    for (int i = 0; i < idx->count; i++) {
        if (idx->bytes[i] < IDX_CLASSES)
            continue;
        error_set(error, ERROR_DATA,
                  "%s: at byte %d: expected a label from 0 to %d, found %d; fetch the file again",
                  path, IDX_LABELS_HEADER + i, IDX_CLASSES - 1, idx->bytes[i]);
        idx_release(idx);
        return false;
    }
    return true;
}

void idx_release(struct idx *idx)
{
    pages_free(idx->memory, idx->size);
    *idx = (struct idx){0};
}

size_t idx_header(uint8_t header[IDX_HEADER_MAX], const struct idx *idx)
{
    write_u32(header, idx->labels ? MAGIC_LABELS : MAGIC_IMAGES);
    write_u32(header + 4, (uint32_t)idx->count);
    if (idx->labels)
        return IDX_LABELS_HEADER;
    write_u32(header + 8, (uint32_t)idx->rows);
    write_u32(header + 12, (uint32_t)idx->cols);
    return IDX_IMAGES_HEADER;
}

static bool write_file(const char *path, const struct idx *idx, struct error *error)
{
    uint8_t header[IDX_HEADER_MAX];
    struct replace_piece pieces[] = {
        {header, idx_header(header, idx)},
        {idx->bytes, (size_t)idx->count * (size_t)idx->rows * (size_t)idx->cols}};
    return replace_file(path, pieces, 2, error);
}

bool idx_write_images(const char *path, const uint8_t *images, int count, int rows, int cols,
                      struct error *error)
{
    assert(count > 0 && count <= IDX_COUNT_MAX && rows > 0 && rows <= IDX_SIDE_MAX && cols > 0 &&
           cols <= IDX_SIDE_MAX);
    const struct idx idx = {.count = count, .rows = rows, .cols = cols, .bytes = images};
    return write_file(path, &idx, error);
}

bool idx_write_labels(const char *path, const uint8_t *labels, int count, struct error *error)
{
    assert(count > 0 && count <= IDX_COUNT_MAX);
    const struct idx idx = {.count = count, .rows = 1, .cols = 1, .labels = true, .bytes = labels};
    return write_file(path, &idx, error);
}
