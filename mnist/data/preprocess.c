/*
 * preprocess - deskewing and cropping of one image, of a data set; saving the result. The formulas
 * are in preprocess.h.
 */
#include "mnist/data/preprocess.h"

#include "mnist/data/phase.h"
#include "mnist/data/recipe.h"
#include "mnist/replace.h"
#include "mnist/vectorised.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONE = 1 << 16, PIECE = 256 /* images */ };

/* ---- one image ---- */

/* Sums over the pixels, i the row, j the column. All fit 63 bits up to IDX_SIDE_MAX. */
struct moments {
    int64_t ink, i, j, ii, ij;
};

static struct moments sum_moments(const uint8_t *image, int rows, int cols)
{
    struct moments m = {0};
    for (int i = 0; i < rows; i++) {
        int64_t ink = 0, j_sum = 0;
        for (int j = 0; j < cols; j++) {
            ink += image[i * cols + j];
            j_sum += j * image[i * cols + j];
        }
        m.ink += ink;
        m.i += i * ink;
        m.j += j_sum;
        m.ii += i * i * ink;
        m.ij += i * j_sum;
    }
    return m;
}

/* Columns to the right per row down, 16.16; 0 for what has no height. */
static int32_t find_slope(const struct moments *m)
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

static int pixel_at(const uint8_t *row, int cols, int64_t j)
{
    return j >= 0 && j < cols ? row[j] : 0;
}

/* out and in may not overlap. True if out differs from in. */
static bool deskew(uint8_t *out, const uint8_t *in, int rows, int cols)
{
    struct moments m = sum_moments(in, rows, cols);
    int32_t slope = m.ink > 0 ? find_slope(&m) : 0;
    if (slope == 0) {
        memcpy(out, in, (size_t)rows * (size_t)cols);
        return false;
    }
    int64_t centre = m.i * ONE / m.ink;
    for (int i = 0; i < rows; i++) {
        int64_t shift = slope * (i * (int64_t)ONE - centre) >> 16;
        int64_t whole = shift >> 16;
        int32_t part = shift & (ONE - 1);
        const uint8_t *row = in + i * cols;
        for (int j = 0; j < cols; j++) {
            int left = pixel_at(row, cols, j + whole), right = pixel_at(row, cols, j + whole + 1);
            out[i * cols + j] = (uint8_t)((left * (ONE - part) + right * part + ONE / 2) >> 16);
        }
    }
    return memcmp(out, in, (size_t)rows * (size_t)cols) != 0;
}

/* The ink of the whole image, and of what the crop leaves. */
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

static struct ink crop(uint8_t *out, const uint8_t *in, int rows, int cols, int side)
{
    int top = (rows - side) / 2, left = (cols - side) / 2;
    for (int i = 0; i < side; i++)
        memcpy(out + i * side, in + (i + top) * cols + left, (size_t)side);
    return (struct ink){sum_bytes(in, rows * cols), sum_bytes(out, side * side)};
}

static struct ink change_image(const struct preprocess_config *config, uint8_t *out,
                               const uint8_t *in, int rows, int cols, bool *deskewed)
{
    uint8_t upright[IDX_SIDE_MAX * IDX_SIDE_MAX];
    size_t size = (size_t)rows * (size_t)cols;
    struct ink ink = {0};
    *deskewed = config->deskew && deskew(upright, in, rows, cols);
    const uint8_t *source = config->deskew ? upright : in;
    if (config->crop > 0)
        ink = crop(out, source, rows, cols, config->crop);
    else
        memcpy(out, source, size);
    return ink;
}

void preprocess_image(const struct preprocess_config *config, uint8_t *out, const uint8_t *in,
                      int rows, int cols)
{
    bool deskewed;
    change_image(config, out, in, rows, cols, &deskewed);
}

/* ---- config ---- */

bool preprocess_check(const struct preprocess_config *config, int rows, int cols,
                      struct error *error)
{
    int side = rows < cols ? rows : cols;
    if (config->crop >= 0 && config->crop <= side)
        return true;
    return error_set(error, ERROR_USAGE,
                     "crop wants a whole number from 1 to %d, the images' side, not %d", side,
                     config->crop);
}

int preprocess_rows(const struct preprocess_config *config, int rows)
{
    return config->crop > 0 ? config->crop : rows;
}

int preprocess_cols(const struct preprocess_config *config, int cols)
{
    return config->crop > 0 ? config->crop : cols;
}

/* Adds "deskew, crop 24" to what was done before. */
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

struct job {
    const struct preprocess_config *config;
    const struct dataset *in;
    const struct dataset_part *in_part;
    uint8_t *out;
    size_t out_size; /* of an image */
    struct tally *workers;
};

static void change_piece(void *context, int piece, int worker)
{
    const struct job *job = context;
    struct tally *tally = &job->workers[worker];
    int first = piece * PIECE;
    int end = first + PIECE < job->in_part->count ? first + PIECE : job->in_part->count;
    for (int i = first; i < end; i++) {
        bool deskewed;
        struct ink ink = change_image(job->config, job->out + (size_t)i * job->out_size,
                                      dataset_image(job->in, job->in_part, i), job->in->rows,
                                      job->in->cols, &deskewed);
        tally->deskewed += deskewed;
        tally->lost_ink += ink.kept < ink.all;
        tally->ink += ink.all;
        tally->ink_kept += ink.kept;
    }
}

static bool change_part(struct job *job, struct dataset *out, const struct dataset_part *in,
                        struct dataset_part *part, struct pool *pool, struct watch *watch)
{
    memcpy(dataset_labels(out, part), in->labels, (size_t)in->count);
    job->in_part = in;
    job->out = dataset_images(out, part);
    return pool_run_watched(pool, change_piece, job, (in->count + PIECE - 1) / PIECE,
                            4 * pool_threads(pool), watch);
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
                                 struct pool *pool, struct preprocess_report *report,
                                 struct watch *watch, struct error *error)
{
    if (!preprocess_check(config, in->rows, in->cols, error))
        return NULL;
    int rows = preprocess_rows(config, in->rows), cols = preprocess_cols(config, in->cols);
    struct dataset *out = dataset_new(in->train.count, in->test.count, rows, cols, error);
    if (out == NULL)
        return NULL;
    struct tally workers[POOL_THREADS_MAX] = {{0}};
    struct job job = {
        .config = config, .in = in, .out_size = dataset_image_size(out), .workers = workers};
    double share = (double)in->train.count / ((double)in->train.count + in->test.count);
    struct phase phase;
    if (!change_part(&job, out, &in->train, &out->train, pool,
                     phase_begin(&phase, watch, 0, share)) ||
        !change_part(&job, out, &in->test, &out->test, pool,
                     phase_begin(&phase, watch, share, 1))) {
        error_interrupted(error);
        dataset_free(&out);
        return NULL;
    }
    snprintf(out->name, sizeof out->name, "%s", in->name);
    write_note(out->note, sizeof out->note, in->note, config);
    out->kind = in->kind;
    out->checked = in->checked;
    if (report != NULL)
        report_tallies(report, out, workers, POOL_THREADS_MAX);
    return out;
}

/* ---- on the disk ---- */

static bool save_part(const struct dataset *dataset, const struct dataset_part *part,
                      const char *folder, const char *name, struct error *error)
{
    char path[REPLACE_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, ERROR_USAGE, "the folder's name is too long: %.60s...", folder);
    if (!idx_write_images(path, part->images, part->count, dataset->rows, dataset->cols, error))
        return false;
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, name);
    return idx_write_labels(path, part->labels, part->count, error);
}

static const char *const set_files[] = {"train-images-idx3-ubyte",
                                        "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte",
                                        "t10k-labels-idx1-ubyte",
                                        RECIPE_FILE,
                                        CHECKED_FILE};

static bool is_of_set(const char *name)
{
    for (size_t i = 0; i < sizeof set_files / sizeof *set_files; i++)
        if (strcmp(name, set_files[i]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The folder goes with all that is in it, so there may be nothing but a set. */
static bool check_replaceable(const char *folder, struct error *error)
{
    DIR *entries = opendir(folder);
    bool ok = entries != NULL || errno == ENOENT ||
              error_system(error, "%s: cannot be opened as a folder", folder);
    for (const struct dirent *entry; entries != NULL && ok && (entry = readdir(entries)) != NULL;)
        ok = is_of_set(entry->d_name) ||
             error_set(error, ERROR_USAGE,
                       "%s: expected a data set and nothing else, found %s; move it elsewhere, or "
                       "save under another name",
                       folder, entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return ok;
}

static void discard_files(const char *folder)
{
    for (size_t i = 0; i < sizeof set_files / sizeof *set_files; i++) {
        char path[REPLACE_PATH_MAX];
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
        return error_set(error, ERROR_USAGE, "a folder's name has 1 to %d bytes, not %zu",
                         DATASET_FOLDER_SIZE - 1, strlen(folder));
    struct recipe recipe = {.fashion = dataset->kind == DATASET_FASHION,
                            .deskew = config->deskew,
                            .normalize = config->normalize,
                            .crop = config->crop,
                            .validation = origin->validation,
                            .seed = origin->seed};
    snprintf(recipe.source_hash, sizeof recipe.source_hash, "%s", origin->hash);
    snprintf(recipe.source, sizeof recipe.source, "%s", dataset->name);
    snprintf(recipe.note, sizeof recipe.note, "%s", dataset->note);
    struct replace_folder replace;
    replace_folder_recover(folder);
    if (!replace_folder_begin(&replace, folder, error))
        return false;
    discard_files(replace.aside); /* of a process that ended after its exchange */
    bool saved = check_replaceable(replace.path, error) &&
                 save_part(dataset, &dataset->train, replace.fresh, "train", error) &&
                 save_part(dataset, &dataset->test, replace.fresh, "t10k", error) &&
                 recipe_write(&recipe, replace.fresh, error) && replace_folder(&replace, error);
    discard_files(replace.fresh);
    replace_folder_end(&replace);
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

bool preprocess_load_note(const char *folder, struct preprocess_config *config, int *validation,
                          uint64_t *seed, struct error *error)
{
    struct recipe recipe;
    bool present;
    if (!recipe_read(&recipe, &present, folder, error))
        return false;
    if (!present)
        return error_set(error, ERROR_DATA,
                         "%s/dataset.json: expected this file, found none; was the folder made by "
                         "`preprocess save=NAME`?",
                         folder);
    *config = (struct preprocess_config){
        .normalize = recipe.normalize, .deskew = recipe.deskew, .crop = recipe.crop};
    *validation = recipe.validation;
    *seed = recipe.seed;
    return true;
}
