/*
 * idx - reads and writes IDX files in the format of idx.h.
 *
 * The header is read and checked first, so that the size is known and within limits before memory
 * is allocated. The data must end exactly where the header states. packed.c decompresses gzip
 * files. Errors are reported with their offset in the uncompressed file.
 */
#include "mnist/data/idx.h"

#include "mnist/base/atomic_file.h"
#include "mnist/data/packed.h"
#include "mnist/data/pages.h"

#include <assert.h>
#include <stdio.h>

enum {
    MAGIC_IMAGES = 0x00000803,
    MAGIC_LABELS = 0x00000801,
    MAGIC_CHANNELS = 0x00000804, /* images with a channel dimension */
    CHANNELS_HEADER = 20,
};

/* The expected kind of file. */
struct idx_wanted {
    uint32_t magic;
    size_t header_size;
    const char *what;
};

static const struct idx_wanted wanted_images = {MAGIC_IMAGES, IDX_IMAGES_HEADER, "images"};
static const struct idx_wanted wanted_labels = {MAGIC_LABELS, IDX_LABELS_HEADER, "labels"};

/* The numbers of a header, with the byte offsets of rows and columns. */
struct idx_shape {
    uint32_t count, rows, columns;
    int rows_at, columns_at;
    size_t header_size;
};

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

static const char *element_name(uint32_t type)
{
    switch (type) {
    case 0x08: return "unsigned bytes";
    case 0x09: return "signed bytes";
    case 0x0B: return "16-bit integers";
    case 0x0C: return "32-bit integers";
    case 0x0D: return "32-bit floating-point numbers";
    case 0x0E: return "64-bit floating-point numbers";
    default: return NULL;
    }
}

static const char *magic_meaning(uint32_t magic, char *text, size_t size)
{
    const char *element = magic >> 16 == 0 ? element_name(magic >> 8) : NULL;
    const char *known = magic == MAGIC_IMAGES         ? " (an IDX file of images)"
                        : magic == MAGIC_LABELS       ? " (an IDX file of labels)"
                        : magic == 0x89504E47         ? " (a PNG picture)"
                        : magic >> 16 == 0x504B       ? " (a zip archive)"
                        : magic >> 24 == (uint8_t)'<' ? " (a web page?)"
                                                      : "";
    if (known[0] == '\0' && element != NULL)
        snprintf(text, size, " (an IDX file of %s in %u dimensions)", element, magic & 255);
    else
        snprintf(text, size, "%s", known);
    return text;
}

static bool check_magic(const struct idx_wanted *wanted, const char *path, const uint8_t *header,
                        struct error *error)
{
    uint32_t magic = read_u32(header);
    char meaning[96];
    if (magic == wanted->magic || (magic == MAGIC_CHANNELS && wanted->magic == MAGIC_IMAGES))
        return true;
    return error_set(error, ERROR_DATA,
                     "%s: at byte 0: expected %02x %02x %02x %02x (an IDX file of %s), "
                     "found %02x %02x %02x %02x%s; "
                     "check that this is the right file",
                     path, wanted->magic >> 24, wanted->magic >> 16 & 255, wanted->magic >> 8 & 255,
                     wanted->magic & 255, wanted->what, header[0], header[1], header[2], header[3],
                     magic_meaning(magic, meaning, sizeof meaning));
}

static bool fail_truncated(const char *path, const char *unit, unsigned long long expected,
                           unsigned long long found, struct error *error)
{
    return error_set(error, ERROR_DATA,
                     "%s: at byte %llu: expected %llu bytes of %s, found the end of the file; "
                     "the file is truncated: download it again",
                     path, found, expected, unit);
}

/* Finds rows and columns in a header with four dimensions: [count, 1, rows, columns] or [count,
   rows, columns, 1]. */
static bool parse_channels(struct idx_shape *shape, const char *path, const uint8_t *header,
                           struct error *error)
{
    uint32_t first = read_u32(header + 8), second = read_u32(header + 12),
             third = read_u32(header + 16);
    bool channels_first = first == 1;
    if (channels_first || third == 1) {
        shape->rows_at = channels_first ? 12 : 8;
        shape->columns_at = channels_first ? 16 : 12;
        return true;
    }
    bool colour = first == 3 || third == 3;
    return error_set(error, ERROR_DATA,
                     "%s: the file contains %simages of %u x %u x %u numbers, but only images with "
                     "one channel are supported: convert %s, for example to %u x %u x 1",
                     path, colour ? "colour " : "", first, second, third,
                     colour ? "them to greyscale" : "them", first == 3 ? second : first,
                     first == 3 ? third : second);
}

/* Reads the rest of a header with four dimensions, and fills in shape. */
static bool parse_header(struct idx_shape *shape, const struct idx_wanted *wanted,
                         struct packed *file, uint8_t header[CHANNELS_HEADER], struct error *error)
{
    size_t got;
    *shape = (struct idx_shape){.rows = 1,
                                .columns = 1,
                                .rows_at = 8,
                                .columns_at = 12,
                                .header_size = wanted->header_size};
    if (!check_magic(wanted, file->path, header, error))
        return false;
    if (read_u32(header) == MAGIC_CHANNELS) {
        shape->header_size = CHANNELS_HEADER;
        if (!packed_read(file, header + IDX_IMAGES_HEADER, CHANNELS_HEADER - IDX_IMAGES_HEADER,
                         &got, NULL, error))
            return false;
        if (IDX_IMAGES_HEADER + got < CHANNELS_HEADER)
            return fail_truncated(file->path, "header", CHANNELS_HEADER, IDX_IMAGES_HEADER + got,
                                  error);
        if (!parse_channels(shape, file->path, header, error))
            return false;
    }
    shape->count = read_u32(header + 4);
    if (wanted->magic == MAGIC_IMAGES) {
        shape->rows = read_u32(header + shape->rows_at);
        shape->columns = read_u32(header + shape->columns_at);
    }
    return true;
}

/* Whether the file has the size that its header requires. A number over a limit then means that the
   file is too large, not damaged. The size of a compressed file is not known yet. */
static bool is_consistent(const struct idx_shape *shape, const struct packed *file)
{
    double size = (double)shape->header_size + (double)shape->count * shape->rows * shape->columns;
    return file->gzip || size == (double)file->size;
}

static bool check_number(const struct packed *file, bool consistent, int offset, const char *what,
                         uint32_t found, uint32_t max, struct error *error)
{
    if (found >= 1 && found <= max)
        return true;
    if (consistent && found > max)
        return error_set(error, ERROR_DATA,
                         "%s: at byte %d: the file has %u %s, but at most %u are supported",
                         file->path, offset, found, what, max);
    return error_set(error, ERROR_DATA,
                     "%s: at byte %d: expected the number of %s, 1 to %u, found %u; "
                     "the file is damaged: download it again",
                     file->path, offset, what, max, found);
}

/* Sets the dimensions of idx if they are within the limits. An empty file may have any rows and
   columns; they are set to 0. */
static bool accept_shape(struct idx *idx, const struct idx_wanted *wanted,
                         const struct idx_shape *shape, const struct packed *file,
                         struct error *error)
{
    bool consistent = is_consistent(shape, file);
    idx->labels = wanted->magic == MAGIC_LABELS;
    if (shape->count == 0)
        return true;
    if (!check_number(file, consistent, 4, wanted->what, shape->count, IDX_COUNT_MAX, error) ||
        !check_number(file, consistent, shape->rows_at, "rows", shape->rows, IDX_SIDE_MAX, error) ||
        !check_number(file, consistent, shape->columns_at, "columns", shape->columns, IDX_SIDE_MAX,
                      error))
        return false;
    if (shape->header_size + (uint64_t)shape->count * shape->rows * shape->columns > IDX_SIZE_MAX)
        return error_set(error, ERROR_DATA,
                         "%s: at byte 4: expected a file of at most %d bytes, found %u x %u x %u "
                         "pixels",
                         file->path, IDX_SIZE_MAX, shape->count, shape->rows, shape->columns);
    idx->count = (int)shape->count;
    idx->rows = (int)shape->rows;
    idx->columns = (int)shape->columns;
    return true;
}

/* A file that is smaller than its header requires is refused before memory is allocated. */
static bool read_data(struct idx *idx, size_t header_size, struct packed *file,
                      struct progress *progress, struct error *error)
{
    size_t size = (size_t)idx->count * (size_t)idx->rows * (size_t)idx->columns, got;
    if (!file->gzip && file->size < header_size + size)
        return fail_truncated(file->path, "header and data, according to the header",
                              header_size + size, file->size, error);
    if (!idx_allocate(idx, size))
        return error_memory(error, file->path, size);
    if (!packed_read(file, idx->memory, size, &got, progress, error))
        return false;
    if (got < size)
        return packed_unchanged(file, error) &&
               fail_truncated(file->path, "uncompressed header and data, according to the header",
                              header_size + size, header_size + got, error);
    if (!packed_end(file, header_size + size, error))
        return false;
    return pages_allow_writes(idx->memory, size, false) ||
           error_system(error, "%s: cannot make the data read-only", file->path);
}

static bool read_content(struct idx *idx, const struct idx_wanted *wanted, struct packed *file,
                         struct progress *progress, struct error *error)
{
    uint8_t header[CHANNELS_HEADER];
    struct idx_shape shape;
    size_t got;
    if (!packed_read(file, header, wanted->header_size, &got, NULL, error))
        return false;
    if (got < wanted->header_size)
        return fail_truncated(file->path, file->gzip ? "uncompressed header" : "header",
                              wanted->header_size, got, error);
    return parse_header(&shape, wanted, file, header, error) &&
           accept_shape(idx, wanted, &shape, file, error) &&
           read_data(idx, shape.header_size, file, progress, error);
}

static bool read_file(struct idx *idx, const struct idx_wanted *wanted, const char *path,
                      struct progress *progress, struct error *error)
{
    struct packed file;
    *idx = (struct idx){0};
    if (!packed_open(&file, path, error))
        return false;
    bool ok = read_content(idx, wanted, &file, progress, error);
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

bool idx_read_images(struct idx *idx, const char *path, struct progress *progress,
                     struct error *error)
{
    return read_file(idx, &wanted_images, path, progress, error);
}

bool idx_read_labels(struct idx *idx, const char *path, struct progress *progress,
                     struct error *error)
{
    if (!read_file(idx, &wanted_labels, path, progress, error))
        return false;
    int first = idx->count, max = 0;
    for (int i = idx->count - 1; i >= 0; i--) {
        max = idx->bytes[i] > max ? idx->bytes[i] : max;
        first = idx->bytes[i] >= IDX_CLASSES ? i : first;
    }
    if (max < IDX_CLASSES)
        return true;
    error_set(error, ERROR_DATA,
              "%s: the file has labels up to %d, the first above %d at byte %d; at most %d classes "
              "are supported, with labels 0 to %d",
              path, max, IDX_CLASSES - 1, IDX_LABELS_HEADER + first, IDX_CLASSES, IDX_CLASSES - 1);
    idx_release(idx);
    return false;
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
    write_u32(header + 12, (uint32_t)idx->columns);
    return IDX_IMAGES_HEADER;
}

static bool write_file(const char *path, const struct idx *idx, struct error *error)
{
    uint8_t header[IDX_HEADER_MAX];
    struct atomic_file_part parts[] = {
        {header, idx_header(header, idx)},
        {idx->bytes, (size_t)idx->count * (size_t)idx->rows * (size_t)idx->columns}};
    return atomic_file_write(path, parts, 2, error);
}

bool idx_write_images(const char *path, const uint8_t *images, int count, int rows, int columns,
                      struct error *error)
{
    assert(count >= 0 && count <= IDX_COUNT_MAX && rows > 0 && rows <= IDX_SIDE_MAX &&
           columns > 0 && columns <= IDX_SIDE_MAX);
    const struct idx idx = {.count = count, .rows = rows, .columns = columns, .bytes = images};
    return write_file(path, &idx, error);
}

bool idx_write_labels(const char *path, const uint8_t *labels, int count, struct error *error)
{
    assert(count >= 0 && count <= IDX_COUNT_MAX);
    const struct idx idx = {
        .count = count, .rows = 1, .columns = 1, .labels = true, .bytes = labels};
    return write_file(path, &idx, error);
}
