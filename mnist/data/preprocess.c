/*
 * preprocess - deskews and crops an image or a data set, and saves the result. preprocess.h has the
 * formulas.
 */
#include "mnist/data/preprocess.h"

#include "mnist/base/atomic_file.h"
#include "mnist/base/subprogress.h"
#include "mnist/base/vectorised.h"
#include "mnist/data/dataset_json.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONE = 1 << 16, TASK_IMAGES = 256 /* images */ };

/* ---- one image ---- */

/* Sums over the pixels, i the row, j the column. All fit 63 bits up to IDX_SIDE_MAX. */
struct image_moments {
    int64_t ink, i, j, ii, ij;
};

static struct image_moments sum_moments(const uint8_t *image, int rows, int columns)
{
    struct image_moments m = {0};
    for (int i = 0; i < rows; i++) {
        int64_t ink = 0, j_sum = 0;
        for (int j = 0; j < columns; j++) {
            ink += image[i * columns + j];
            j_sum += j * image[i * columns + j];
        }
        m.ink += ink;
        m.i += i * ink;
        m.j += j_sum;
        m.ii += i * i * ink;
        m.ij += i * j_sum;
    }
    return m;
}

/* Columns to the right per row down, 16.16; 0 for an image with ink in one row only. */
static int32_t find_slope(const struct image_moments *m)
{
    const double limit = 2;
    int64_t m20 = m->ink * m->ii - m->i * m->i;
    int64_t m11 = m->ink * m->ij - m->i * m->j;
    if (m20 == 0)
        return 0;
    double slope = (double)m11 / (double)m20;
    slope = slope > limit ? limit : slope < -limit ? -limit : slope;
    return (int32_t)(slope * ONE);
}

static int pixel_at(const uint8_t *row, int columns, int64_t j)
{
    return j >= 0 && j < columns ? row[j] : 0;
}

/* out and in must not overlap. Returns whether out differs from in. */
static bool deskew(uint8_t *out, const uint8_t *in, int rows, int columns)
{
    struct image_moments m = sum_moments(in, rows, columns);
    int32_t slope = m.ink > 0 ? find_slope(&m) : 0;
    if (slope == 0) {
        memcpy(out, in, (size_t)rows * (size_t)columns);
        return false;
    }
    int64_t centre = m.i * ONE / m.ink;
    for (int i = 0; i < rows; i++) {
        int64_t shift = slope * (i * (int64_t)ONE - centre) >> 16;
        int64_t whole = shift >> 16;
        int32_t part = shift & (ONE - 1);
        const uint8_t *row = in + i * columns;
        for (int j = 0; j < columns; j++) {
            int left = pixel_at(row, columns, j + whole),
                right = pixel_at(row, columns, j + whole + 1);
            out[i * columns + j] = (uint8_t)((left * (ONE - part) + right * part + ONE / 2) >> 16);
        }
    }
    return memcmp(out, in, (size_t)rows * (size_t)columns) != 0;
}

/* The ink of the whole image, and of the cropped image. */
struct ink {
    uint64_t all, kept;
};

VECTORISED static uint64_t sum_bytes(const uint8_t *bytes, int count)
{
    uint32_t sum = 0; /* enough for IDX_SIDE_MAX */
    for (int i = 0; i < count; i++)
        sum += bytes[i];
    return sum;
}

static struct ink crop(uint8_t *out, const uint8_t *in, int rows, int columns, int side)
{
    int top = (rows - side) / 2, left = (columns - side) / 2;
    for (int i = 0; i < side; i++)
        memcpy(out + i * side, in + (i + top) * columns + left, (size_t)side);
    return (struct ink){sum_bytes(in, rows * columns), sum_bytes(out, side * side)};
}

static struct ink change_image(const struct preprocess_config *config, uint8_t *out,
                               const uint8_t *in, int rows, int columns, bool *deskewed)
{
    uint8_t upright[IDX_SIDE_MAX * IDX_SIDE_MAX];
    size_t size = (size_t)rows * (size_t)columns;
    struct ink ink = {0};
    *deskewed = config->deskew && deskew(upright, in, rows, columns);
    const uint8_t *source = config->deskew ? upright : in;
    if (config->crop > 0)
        ink = crop(out, source, rows, columns, config->crop);
    else
        memcpy(out, source, size);
    return ink;
}

void preprocess_image(const struct preprocess_config *config, uint8_t *out, const uint8_t *in,
                      int rows, int columns)
{
    bool deskewed;
    change_image(config, out, in, rows, columns, &deskewed);
}

/* ---- config ---- */

bool preprocess_check(const struct preprocess_config *config, int rows, int columns,
                      struct error *error)
{
    int side = rows < columns ? rows : columns;
    if (config->crop >= 0 && config->crop <= side)
        return true;
    return error_set(error, ERROR_USAGE,
                     "crop must be an integer from 1 to %d, the side of the images, not %d", side,
                     config->crop);
}

int preprocess_rows(const struct preprocess_config *config, int rows)
{
    return config->crop > 0 ? config->crop : rows;
}

int preprocess_columns(const struct preprocess_config *config, int columns)
{
    return config->crop > 0 ? config->crop : columns;
}

/* Appends "deskew, crop 24" to the earlier preprocessing. */
static void write_note(char *note, size_t size, const char *before,
                       const struct preprocess_config *config)
{
    char cropped[32] = "";
    if (config->crop > 0)
        snprintf(cropped, sizeof cropped, "crop %d", config->crop);
    const char *parts[] = {before, config->deskew ? "deskew" : "", cropped};
    size_t used = 0;
    note[0] = '\0';
    for (int i = 0; i < 3 && used < size; i++)
        if (parts[i][0] != '\0')
            used +=
                (size_t)snprintf(note + used, size - used, "%s%s", used > 0 ? ", " : "", parts[i]);
}

/* ---- a data set ---- */

struct tally {
    int lost_ink, deskewed;
    uint64_t ink, ink_kept;
};

struct preprocess_job {
    const struct preprocess_config *config;
    const struct dataset *in;
    const struct dataset_part *in_part;
    uint8_t *out;
    size_t out_size; /* of an image */
    struct tally *workers;
};

static void change_task(void *context, int task, int worker)
{
    const struct preprocess_job *job = context;
    struct tally *tally = &job->workers[worker];
    int first = task * TASK_IMAGES;
    int end = first + TASK_IMAGES < job->in_part->count ? first + TASK_IMAGES : job->in_part->count;
    for (int i = first; i < end; i++) {
        bool deskewed;
        struct ink ink = change_image(job->config, job->out + (size_t)i * job->out_size,
                                      dataset_image(job->in, job->in_part, i), job->in->rows,
                                      job->in->columns, &deskewed);
        tally->deskewed += deskewed;
        tally->lost_ink += ink.kept < ink.all;
        tally->ink += ink.all;
        tally->ink_kept += ink.kept;
    }
}

static bool change_part(struct preprocess_job *job, struct dataset *out,
                        const struct dataset_part *in, struct dataset_part *part,
                        struct thread_pool *pool, struct progress *progress)
{
    memcpy(dataset_labels(out, part), in->labels, (size_t)in->count);
    job->in_part = in;
    job->out = dataset_images(out, part);
    return thread_pool_run_watched(pool, change_task, job,
                                   (in->count + TASK_IMAGES - 1) / TASK_IMAGES,
                                   4 * thread_pool_threads(pool), progress);
}

static void report_tallies(struct preprocess_report *report, const struct dataset *dataset,
                           const struct tally *workers, int count)
{
    struct tally sum = {0};
    for (int w = 0; w < count; w++) {
        sum.deskewed += workers[w].deskewed;
        sum.lost_ink += workers[w].lost_ink;
        sum.ink += workers[w].ink;
        sum.ink_kept += workers[w].ink_kept;
    }
    *report = (struct preprocess_report){.images = dataset->train.count + dataset->test.count,
                                         .lost_ink = sum.lost_ink,
                                         .deskewed = sum.deskewed};
    if (sum.ink > 0)
        report->lost_share = (double)(sum.ink - sum.ink_kept) / (double)sum.ink;
}

struct dataset *preprocess_apply(const struct preprocess_config *config, const struct dataset *in,
                                 struct thread_pool *pool, struct preprocess_report *report,
                                 struct progress *progress, struct error *error)
{
    if (!preprocess_check(config, in->rows, in->columns, error))
        return NULL;
    int rows = preprocess_rows(config, in->rows), columns = preprocess_columns(config, in->columns);
    struct dataset *out = dataset_new(in->train.count, in->test.count, rows, columns, error);
    if (out == NULL)
        return NULL;
    struct tally workers[THREAD_POOL_THREADS_MAX] = {{0}};
    struct preprocess_job job = {
        .config = config, .in = in, .out_size = dataset_image_size(out), .workers = workers};
    double share = (double)in->train.count / ((double)in->train.count + in->test.count);
    struct subprogress phase;
    if (!change_part(&job, out, &in->train, &out->train, pool,
                     subprogress_begin(&phase, progress, 0, share)) ||
        !change_part(&job, out, &in->test, &out->test, pool,
                     subprogress_begin(&phase, progress, share, 1))) {
        error_interrupted(error);
        dataset_free(&out);
        return NULL;
    }
    snprintf(out->name, sizeof out->name, "%s", in->name);
    write_note(out->note, sizeof out->note, in->note, config);
    out->kind = in->kind;
    out->checked = in->checked;
    if (report != NULL)
        report_tallies(report, out, workers, THREAD_POOL_THREADS_MAX);
    return out;
}

/* ---- on the disk ---- */

static bool save_part(const struct dataset *dataset, const struct dataset_part *part,
                      const char *folder, const char *name, struct error *error)
{
    char path[ATOMIC_FILE_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, ERROR_USAGE, "the path of the folder is too long: %.60s...",
                         folder);
    if (!idx_write_images(path, part->images, part->count, dataset->rows, dataset->columns, error))
        return false;
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, name);
    return idx_write_labels(path, part->labels, part->count, error);
}

static const char *const set_files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte",  "t10k-labels-idx1-ubyte",
                                        DATASET_JSON_FILE,         HASH_CACHE_FILE};

static bool belongs_to_set(const char *name)
{
    for (size_t i = 0; i < sizeof set_files / sizeof *set_files; i++)
        if (strcmp(name, set_files[i]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The folder is removed with all its files, so it may contain only a data set. */
static bool check_replaceable(const char *folder, struct error *error)
{
    DIR *entries = opendir(folder);
    bool ok = entries != NULL || errno == ENOENT ||
              error_system(error, "cannot open the folder %s", folder);
    for (const struct dirent *entry; entries != NULL && ok && (entry = readdir(entries)) != NULL;)
        ok = belongs_to_set(entry->d_name) ||
             error_set(error, ERROR_USAGE,
                       "%s: expected a folder that contains only a data set, found %s; move that "
                       "file elsewhere, or save under another name",
                       folder, entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return ok;
}

static void discard_files(const char *folder)
{
    for (size_t i = 0; i < sizeof set_files / sizeof *set_files; i++) {
        char path[ATOMIC_FILE_PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", folder, set_files[i]);
        if (length > 0 && (size_t)length < sizeof path)
            unlink(path);
    }
    rmdir(folder);
}

bool preprocess_save(const struct preprocess_config *config, const struct dataset *dataset,
                     const char *folder, const struct preprocess_origin *origin,
                     struct error *error)
{
    if (folder[0] == '\0' || strlen(folder) >= DATASET_FOLDER_SIZE)
        return error_set(error, ERROR_USAGE,
                         "the path of a folder must have 1 to %d bytes, not %zu",
                         DATASET_FOLDER_SIZE - 1, strlen(folder));
    struct dataset_json fields = {.fashion = dataset->kind == DATASET_FASHION,
                                  .deskew = config->deskew,
                                  .normalize = config->normalize,
                                  .crop = config->crop,
                                  .validation = origin->validation,
                                  .seed = origin->seed};
    snprintf(fields.source_hash, sizeof fields.source_hash, "%s", origin->hash);
    snprintf(fields.source, sizeof fields.source, "%s", dataset->name);
    snprintf(fields.note, sizeof fields.note, "%s", dataset->note);
    struct atomic_folder replace;
    atomic_folder_recover(folder);
    if (!atomic_folder_begin(&replace, folder, error))
        return false;
    discard_files(replace.aside); /* left by a process that ended after its exchange */
    bool saved = check_replaceable(replace.path, error) &&
                 save_part(dataset, &dataset->train, replace.fresh, "train", error) &&
                 save_part(dataset, &dataset->test, replace.fresh, "t10k", error) &&
                 dataset_json_write(&fields, replace.fresh, error) &&
                 atomic_folder(&replace, error);
    discard_files(replace.fresh);
    atomic_folder_end(&replace);
    return saved;
}

static void discard_abandoned(const char *folder)
{
    temporary_remove_abandoned(folder, NULL);
    discard_files(folder);
}

void preprocess_remove_abandoned(const char *folder)
{
    temporary_remove_abandoned(folder, discard_abandoned);
}
