/*
 * packed - reads with read(2), and decompresses with zlib's inflate.
 *
 * Damage to a gzip stream is reported with its offset in the file on the disk, every other error
 * with its offset in the uncompressed content.
 */
#include "mnist/data/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 1 << 20 /* bytes between two ticks */ };

/* ---- the file on the disk ---- */

static bool check_status(struct packed *packed, const struct stat *status, struct error *error)
{
    if (!S_ISREG(status->st_mode))
        return error_set(error, ERROR_DATA, "%s: expected a regular file, found %s", packed->path,
                         S_ISDIR(status->st_mode) ? "a folder" : "a device, pipe or socket");
    if (status->st_size > PACKED_SIZE_MAX)
        return error_set(error, ERROR_DATA, "%s: expected at most %d bytes, found %lld",
                         packed->path, PACKED_SIZE_MAX, (long long)status->st_size);
    packed->size = (size_t)status->st_size;
    packed->identity = hash_cache_entry(status);
    return true;
}

/* Reads size bytes, or fewer at the end of the file. */
static bool read_all(struct packed *packed, uint8_t *bytes, size_t size, size_t *got,
                     struct error *error)
{
    *got = 0;
    while (*got < size) {
        ssize_t count = read(packed->file, bytes + *got, size - *got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_system(error, "%s: cannot be read", packed->path);
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    packed->taken += *got;
    return true;
}

static bool begin(struct packed *packed, struct error *error)
{
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    uint8_t magic[2];
    ssize_t got = pread(packed->file, magic, sizeof magic, 0);
    if (got < 0)
        return error_system(error, "%s: cannot be read", packed->path);
    packed->gzip = got == sizeof magic && magic[0] == 0x1F && magic[1] == 0x8B;
    return !packed->gzip || inflateInit2(&packed->stream, GZIP_ONLY) == Z_OK ||
           error_memory(error, "decompressing a gzip file", PACKED_INPUT);
}

bool packed_open(struct packed *packed, const char *path, struct error *error)
{
    struct stat status;
    *packed = (struct packed){.path = path};
    packed->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (packed->file < 0)
        return error_system(error, "cannot open %s", path);
    bool ok = fstat(packed->file, &status) == 0 ||
              error_system(error, "the properties of %s cannot be read", path);
    if (ok && check_status(packed, &status, error) && begin(packed, error))
        return true;
    close(packed->file);
    return false;
}

void packed_close(struct packed *packed)
{
    if (packed->gzip)
        inflateEnd(&packed->stream);
    close(packed->file);
}

/* ---- the content ---- */

static bool fail_packed(const struct packed *packed, int code, struct error *error)
{
    const char *why = packed->stream.msg != NULL ? packed->stream.msg : zError(code);
    if (code == Z_MEM_ERROR)
        return error_memory(error, "decompressing a gzip file", PACKED_INPUT);
    if (packed->stream.avail_in == 0 && code == Z_BUF_ERROR)
        why = "the end of the file";
    return error_set(error, ERROR_DATA,
                     "%s: at byte %zu of the gzip file: the compressed data is damaged (%s); "
                     "download the file again",
                     packed->path, packed->taken - packed->stream.avail_in, why);
}

static bool fill_input(struct packed *packed, struct error *error)
{
    size_t got;
    if (packed->stream.avail_in > 0)
        return true;
    if (!read_all(packed, packed->input, sizeof packed->input, &got, error))
        return false;
    packed->stream.next_in = packed->input;
    packed->stream.avail_in = (uInt)got;
    return true;
}

/* Decompresses up to size bytes. */
static bool decompress(struct packed *packed, uint8_t *out, size_t size, size_t *got,
                       struct error *error)
{
    z_stream *stream = &packed->stream;
    stream->next_out = out;
    stream->avail_out = (uInt)size;
    while (stream->avail_out > 0 && !packed->ended) {
        if (!fill_input(packed, error))
            return false;
        int code = inflate(stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END)
            return fail_packed(packed, code, error);
        packed->ended = code == Z_STREAM_END;
    }
    *got = size - stream->avail_out;
    return true;
}

bool packed_read(struct packed *packed, uint8_t *out, size_t size, size_t *got,
                 struct progress *progress, struct error *error)
{
    for (*got = 0; *got < size;) {
        size_t step = size - *got < STEP ? size - *got : STEP, count;
        bool ok = packed->gzip ? decompress(packed, out + *got, step, &count, error)
                               : read_all(packed, out + *got, step, &count, error);
        if (!ok)
            return false;
        *got += count;
        if (!progress_tick(progress, (double)*got, (double)size))
            return error_interrupted(error);
        if (count < step)
            break;
    }
    return true;
}

bool packed_unchanged(struct packed *packed, struct error *error)
{
    struct stat status;
    if (fstat(packed->file, &status) < 0)
        return error_system(error, "the properties of %s cannot be read", packed->path);
    struct hash_cache_entry now = hash_cache_entry(&status);
    return hash_cache_same(&packed->identity, &now) ||
           error_set(error, ERROR_DATA,
                     "%s: another program changed the file while it was read; load it again when "
                     "that program has finished",
                     packed->path);
}

bool packed_end(struct packed *packed, size_t expected, struct error *error)
{
    uint8_t more;
    size_t got;
    if (!packed_read(packed, &more, 1, &got, NULL, error) || !packed_unchanged(packed, error))
        return false;
    size_t left = packed->size - (packed->taken - packed->stream.avail_in);
    char found[64] = "more uncompressed bytes";
    if (!packed->gzip)
        snprintf(found, sizeof found, "%zu more bytes", left + got);
    else if (got == 0)
        snprintf(found, sizeof found, "more compressed bytes");
    return (got == 0 && left == 0) ||
           error_set(error, ERROR_DATA,
                     "%s: at byte %zu: expected the end of the file according to its header, found "
                     "%s; the file is damaged: download it again",
                     packed->path, packed->gzip && got == 0 ? packed->size - left : expected,
                     found);
}
