/*
 * idx - reading and writing IDX files; the bytes are drawn in idx.h.
 *
 * Reading has two ways to the same place. A plain file is mapped whole and its header checked
 * against the file's size. A gzip file is unpacked in two steps: the header first, so that the size
 * is known and within limits before any memory is taken, then the rest, which must end exactly
 * there. What is wrong is reported at its offset in the unpacked file, except for damage to the
 * gzip stream itself, which has an offset only in the packed one.
 */
#include "mnist/data/idx.h"

#include "mnist/replace.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
    MAGIC_IMAGES = 0x00000803,
    MAGIC_LABELS = 0x00000801,
    UNPACK_STEP = 1 << 20, /* bytes between two ticks of the watch */
    PACKED_SIZE_MAX = IDX_SIZE_MAX,
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

static bool fail_trailing(const char *path, unsigned long long expected, const char *found,
                          struct error *error)
{
    return error_set(
        error, ERROR_DATA,
        "%s: at byte %llu: expected the end of the file, as its header says, found %s; "
        "the file is damaged: fetch it again",
        path, expected, found);
}

static bool read_plain(struct idx *idx, const struct wanted *wanted, const char *path,
                       const uint8_t *bytes, size_t size, struct error *error)
{
    if (size < wanted->header_size)
        return fail_truncated(path, "header", wanted->header_size, size, error);
    size_t expected = parse_header(idx, wanted, path, bytes, error);
    if (expected == 0)
        return false;
    if (size < expected)
        return fail_truncated(path, "header and data, as the header says", expected, size, error);
    if (size > expected) {
        char found[64];
        snprintf(found, sizeof found, "%zu bytes more", size - expected);
        return fail_trailing(path, expected, found, error);
    }
    idx->file = bytes;
    idx->file_size = size;
    idx->mapped = true;
    return true;
}

/* A gzip stream being unpacked from a mapping. */
struct unpacking {
    z_stream stream;
    const char *path;
    const uint8_t *packed;
    size_t packed_size;
    bool ended; /* the stream's own end was reached, its checksum is right */
};

static bool fail_packed(const struct unpacking *unpacking, int code, struct error *error)
{
    const char *why = unpacking->stream.msg != NULL ? unpacking->stream.msg : zError(code);
    size_t offset = unpacking->packed_size - unpacking->stream.avail_in;
    if (code == Z_MEM_ERROR)
        return error_memory(error, "unpacking a gzip file", 1 << 16);
    if (unpacking->stream.avail_in == 0 && code == Z_BUF_ERROR)
        why = "the end of the file";
    return error_set(
        error, ERROR_DATA,
        "%s: at byte %zu of the packed file: expected a gzip stream, found damage (%s); "
        "fetch the file again",
        unpacking->path, offset, why);
}

/* Unpacks up to size bytes into out; *got = how many there were before the stream's end. */
static bool unpack(struct unpacking *unpacking, uint8_t *out, size_t size, size_t *got,
                   struct watch *watch, struct error *error)
{
    z_stream *stream = &unpacking->stream;
    *got = 0;
    while (*got < size && !unpacking->ended) {
        size_t step = size - *got < UNPACK_STEP ? size - *got : UNPACK_STEP;
        stream->next_out = out + *got;
        stream->avail_out = (uInt)step;
        int code = inflate(stream, Z_NO_FLUSH);
        *got += step - stream->avail_out;
        if (code == Z_STREAM_END)
            unpacking->ended = true;
        else if (code != Z_OK)
            return fail_packed(unpacking, code, error);
        if (!watch_tick(watch, (double)*got, (double)size))
            return error_interrupted(error);
    }
    return true;
}

/* The rest of a stream whose header was right: exactly the bytes that it says, then the end. */
static bool unpack_rest(struct unpacking *unpacking, uint8_t *file, size_t header_size,
                        size_t expected, struct watch *watch, struct error *error)
{
    size_t got;
    uint8_t more;
    if (!unpack(unpacking, file + header_size, expected - header_size, &got, watch, error))
        return false;
    if (got < expected - header_size)
        return fail_truncated(unpacking->path, "unpacked header and data, as the header says",
                              expected, header_size + got, error);
    if (!unpack(unpacking, &more, 1, &got, NULL, error))
        return false;
    if (got > 0)
        return fail_trailing(unpacking->path, expected, "more unpacked bytes", error);
    if (unpacking->stream.avail_in > 0)
        return fail_trailing(unpacking->path, unpacking->packed_size - unpacking->stream.avail_in,
                             "more packed bytes", error);
    return true;
}

static bool read_unpacking(struct idx *idx, const struct wanted *wanted,
                           struct unpacking *unpacking, struct watch *watch, struct error *error)
{
    uint8_t header[IDX_IMAGES_HEADER];
    size_t got;
    if (!unpack(unpacking, header, wanted->header_size, &got, NULL, error))
        return false;
    if (got < wanted->header_size)
        return fail_truncated(unpacking->path, "unpacked header", wanted->header_size, got, error);
    size_t expected = parse_header(idx, wanted, unpacking->path, header, error);
    if (expected == 0)
        return false;
    uint8_t *file = malloc(expected);
    if (file == NULL)
        return error_memory(error, unpacking->path, expected);
    memcpy(file, header, wanted->header_size);
    if (!unpack_rest(unpacking, file, wanted->header_size, expected, watch, error)) {
        free(file);
        return false;
    }
    idx->file = file;
    idx->file_size = expected;
    idx->mapped = false;
    return true;
}

static bool read_gzip(struct idx *idx, const struct wanted *wanted, const char *path,
                      const uint8_t *packed, size_t size, struct watch *watch, struct error *error)
{
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    struct unpacking unpacking = {.path = path, .packed = packed, .packed_size = size};
    unpacking.stream.next_in = packed;
    unpacking.stream.avail_in = (uInt)size;
    if (inflateInit2(&unpacking.stream, GZIP_ONLY) != Z_OK)
        return error_memory(error, "unpacking a gzip file", 1 << 16);
    bool ok = read_unpacking(idx, wanted, &unpacking, watch, error);
    inflateEnd(&unpacking.stream);
    return ok;
}

/* Maps a regular file; *bytes is NULL for an empty one. */
static bool map_file(const char *path, const uint8_t **bytes, size_t *size,
                     struct checked_file *identity, struct error *error)
{
    *bytes = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not make us wait */
    if (file < 0)
        return error_system(error, "%s: cannot be opened for reading", path);
    bool ok = false;
    struct stat status;
    if (fstat(file, &status) < 0) {
        error_system(error, "%s: cannot be looked at", path);
        goto out_close;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(error, ERROR_DATA, "%s: expected a file, found %s", path,
                  S_ISDIR(status.st_mode) ? "a folder" : "something else (a device or pipe)");
        goto out_close;
    }
    if (status.st_size > PACKED_SIZE_MAX) {
        error_set(error, ERROR_DATA, "%s: expected at most %d bytes, found %lld", path,
                  PACKED_SIZE_MAX, (long long)status.st_size);
        goto out_close;
    }
    *size = (size_t)status.st_size;
    *identity = checked_file(&status);
    ok = true;
    if (*size == 0)
        goto out_close;
    void *mapping = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapping == MAP_FAILED)
        ok = error_system(error, "%s: cannot be mapped into memory", path);
    else
        *bytes = mapping;
out_close:
    close(file);
    return ok;
}

static bool read_file(struct idx *idx, const struct wanted *wanted, const char *path,
                      struct watch *watch, struct error *error)
{
    *idx = (struct idx){0};
    struct idx found = {0};
    const uint8_t *bytes;
    size_t size = 0;
    struct checked_file identity = {0};
    if (!map_file(path, &bytes, &size, &identity, error))
        return false;
    bool gzip = size >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
    bool ok = gzip ? read_gzip(&found, wanted, path, bytes, size, watch, error)
                   : read_plain(&found, wanted, path, bytes, size, error);
    if (bytes != NULL && !(ok && found.mapped))
        munmap((void *)bytes, size);
    if (!ok)
        return false;
    found.bytes = found.file + wanted->header_size;
    found.identity = identity;
    *idx = found;
    return true;
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
    if (idx->mapped)
        munmap((void *)idx->file, idx->file_size);
    else
        free((void *)idx->file);
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
