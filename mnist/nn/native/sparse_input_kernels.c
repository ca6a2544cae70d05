/*
 * sparse_input_kernels - gradient of a convolution's input that walks only the places where
 * its output has one (sparse_kernels.c).
 *
 *     dx[c, window + u, v] += dy * w[o,c,u,v]     by place: a window of dx stays in registers while
 *                                                 the channels that chose the same of four pass
 *
 * 16 input channels c are the lanes. Order of the chains: by 32 output channels, by place, by
 * number of the window's largest, by channel.
 *
 * With 16 registers, which cannot hold a patch, there is another way for gradients that are mostly
 * 0: a list of those that are not, in the same order, each of which is added to its window in
 * memory. That takes more loads and stores, but it is one long loop instead of one for each window,
 * the end of which the processor cannot predict: in an epoch of `keras`, the input gradient takes
 * 0.71 of the time (AVX2).
 */
#include "mnist/nn/native/kernels.h"

enum {
    CORNERS = 4,
    TAPS_MAX = 25,
    PATCH = 4,
    LISTED = 18, /* entries of a place, in the mean of those before, up to which there is a list */
    PAIRS = REGISTERS == 32 && (int)VEC == (int)BLOCK /* two blocks' rows fit into registers */
};

static void read_place(struct native_pass_place *place, const struct native_geometry *g,
                       const float *dy, const uint8_t *which, int blocks)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    uint32_t live = 0, right = 0, down = 0;
    for (int b = 0; b < blocks; b++, dy += plane) {
        memcpy(place->values + b * BLOCK, dy, BLOCK * sizeof *dy);
        live |= block_nonzero(dy) << (b * BLOCK);
        if (!g->pool)
            continue;
        right |= bytes_bit(which, 0) << (b * BLOCK);
        down |= bytes_bit(which, 1) << (b * BLOCK);
        which += plane;
    }
    place->corners[0] = live & ~right & ~down;
    place->corners[1] = live & right & ~down;
    place->corners[2] = live & ~right & down;
    place->corners[3] = live & right & down;
}

/* All places, of the output channels first .. first + 31. */
static void read_places(struct native_pass_place *places, const struct native_geometry *g,
                        const struct native_gradient *in, int first)
{
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2;
    ptrdiff_t at = (ptrdiff_t)first * g->out_rows * g->out_columns;
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t from = at + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            read_place(places++, g, in->dy + from, g->pool ? in->which + from : NULL, blocks);
        }
}

/* ---- the list -------------------------------------------------------------------------------- */

/* One gradient of an output channel o, and where its window begins: code = 2 window + o, since the
   window's place in floats is a multiple of BLOCK. */
struct sparse_entry {
    float value;
    uint32_t code;
};
_Static_assert(LISTED * sizeof(struct sparse_entry) <= sizeof(struct native_pass_place),
               "the list takes the memory of the places");
_Static_assert((int)NATIVE_PASS <= 2 * BLOCK, "a channel has room below the window");

/* Appends the entries of one place, whose first window begins at `window`: one loop over all live
   channels, each to the next free place of its corner. ends has 16 bits for each corner. */
INLINED struct sparse_entry *list_place(struct sparse_entry *end, const struct native_geometry *g,
                                        const struct native_pass_place *place, int window)
{
    const uint32_t *corners = place->corners;
    uint32_t right = corners[1] | corners[3], down = corners[2] | corners[3];
    uint32_t live = corners[0] | right | down;
    uint32_t codes[CORNERS];
    uint64_t ends = 0, before = 0;
    for (int k = 0; k < CORNERS; k++) {
        codes[k] = 2 * (uint32_t)(window + native_corner_at(g, k));
        ends |= before << (16 * k);
        before += (uint64_t)__builtin_popcount(corners[k]);
    }
    for (uint32_t bits = live; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        int k = (int)((right >> o & 1) | (down >> o & 1) << 1);
        end[ends >> (16 * k) & 0xffff] =
            (struct sparse_entry){place->values[o], codes[k] + (uint32_t)o};
        ends += (uint64_t)1 << (16 * k);
    }
    return end + before;
}

/* All places, of the output channels first .. first + 31. Returns how many entries there are, -1 if
   they are too many. */
static int list_places(struct sparse_entry *entries, const struct native_geometry *g,
                       const struct native_gradient *in, int first)
{
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2, step = native_place_step(g) * BLOCK;
    ptrdiff_t at = (ptrdiff_t)first * g->out_rows * g->out_columns;
    struct sparse_entry *end = entries;
    for (int i = 0; i < g->result_rows; i++) {
        ptrdiff_t room = (ptrdiff_t)LISTED * (i + 1) * g->result_columns;
        for (int j = 0; j < g->result_columns; j++) {
            struct native_pass_place place;
            ptrdiff_t from = at + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            read_place(&place, g, in->dy + from, in->which + from, blocks);
            uint32_t live =
                place.corners[0] | place.corners[1] | place.corners[2] | place.corners[3];
            if (end - entries + __builtin_popcount(live) > room)
                return -1;
            end = list_place(end, g, &place, (i * g->width + j) * step);
        }
    }
    return (int)(end - entries);
}

/* What the entries give to one block of input channels. */
static void add_entries(const struct native_geometry *g, const struct sparse_entry *entries,
                        int count, const float *weights, float *dx)
{
    enum { K = 3 };
    int row = g->width * BLOCK;
    for (const struct sparse_entry *entry = entries; entry < entries + count; entry++) {
        vec value = vec_set(entry->value);
        const float *w = weights + entry->code % NATIVE_PASS * (K * K * BLOCK);
        float *window = dx + entry->code / NATIVE_PASS * BLOCK;
        for (int u = 0; u < K; u++, window += row) {
            UNROLLED
            for (int v = 0; v < K * BLOCK; v += VEC, w += VEC)
                vec_store(window + v, vec_fma(value, vec_load(w), vec_load(window + v)));
        }
    }
}

/* Whether a list may be the faster way. */
INLINED bool may_be_listed(const struct native_geometry *g)
{
    return REGISTERS == 16 && g->pool && g->kernel == 3 && g->scattered;
}

/* ---- the places ------------------------------------------------------------------------------ */

/* What the windows of one vector of input channels get from 32 output channels. */
struct input_pass {
    const struct native_geometry *g;
    const float *weights; /* of the first output channel, of the vector's block and lane */
    int row;              /* floats of the input */
};

/* Two blocks of input channels, a and b, at a time; other: floats from the weights of one to the
   other's. */
struct pair {
    vec a[PATCH * PATCH], b[PATCH * PATCH];
    const float *weights;
    ptrdiff_t other, plane;
    float *dx; /* of a's patch */
    int row;
};

/* All four windows of a 3x3 convolution with stride 1 lie in a patch of 4 x 4. */
INLINED void add_patch(const struct input_pass *pass, const struct native_pass_place *place,
                       vec sums[PATCH * PATCH])
{
    UNROLLED
    for (int k = 0; k < CORNERS; k++)
        for (uint32_t bits = place->corners[k]; bits != 0; bits &= bits - 1) {
            int o = __builtin_ctz(bits);
            const float *w = pass->weights + o * (9 * BLOCK);
            vec value = vec_set(place->values[o]);
            UNROLLED
            for (int t = 0; t < 9; t++) {
                int at = (t / 3 + k / 2) * PATCH + t % 3 + k % 2;
                sums[at] = vec_fma(value, vec_load(w + t * BLOCK), sums[at]);
            }
        }
}

/* Columns of a patch, from first on: those that the next place's patch does not share. */
INLINED void load_half(vec sums[PATCH * PATCH], int first, const float *dx, int row)
{
    UNROLLED
    for (int i = 0; i < PATCH; i++)
        for (int j = first; j < first + PATCH / 2; j++)
            sums[i * PATCH + j] = vec_load(dx + i * row + j * BLOCK);
}

INLINED void store_half(const vec sums[PATCH * PATCH], float *dx, int row)
{
    UNROLLED
    for (int i = 0; i < PATCH; i++)
        for (int j = 0; j < PATCH / 2; j++)
            vec_store(dx + i * row + j * BLOCK, sums[i * PATCH + j]);
}

/* Rows of one window from first on. */
INLINED void walk_input(const struct input_pass *pass, const struct native_pass_place *place,
                        uint32_t bits, float *dx, int first, int rows, int K)
{
    int size = pass->g->kernel * pass->g->kernel * BLOCK;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dx + (first + t / K) * pass->row + t % K * BLOCK);
    for (; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        const float *w = pass->weights + (ptrdiff_t)o * size + first * K * BLOCK;
        vec value = vec_set(place->values[o]);
        UNROLLED
        for (int t = 0; t < rows * K; t++)
            sums[t] = vec_fma(value, vec_load(w + t * BLOCK), sums[t]);
    }
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dx + (first + t / K) * pass->row + t % K * BLOCK, sums[t]);
}

INLINED void walk_input_any(const struct input_pass *pass, const struct native_pass_place *place,
                            uint32_t bits, float *dx)
{
    int K = pass->g->kernel;
    for (int t = 0; t < K * K; t++) {
        struct input_pass one = *pass;
        one.weights += t * BLOCK;
        walk_input(&one, place, bits, dx + t / K * pass->row + t % K * BLOCK, 0, 1, 1);
    }
}

INLINED void walk_input_kinds(const struct input_pass *pass, const struct native_pass_place *place,
                              uint32_t bits, float *dx)
{
    int K = pass->g->kernel;
    if (K == 3) {
        walk_input(pass, place, bits, dx, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_input(pass, place, bits, dx, 0, 5, 5);
    } else if (K == 5) {
        walk_input(pass, place, bits, dx, 0, 2, 5);
        walk_input(pass, place, bits, dx, 2, 2, 5);
        walk_input(pass, place, bits, dx, 4, 1, 5);
    } else {
        walk_input_any(pass, place, bits, dx);
    }
}

/* A row of places, whose patches share two of their four columns, each with the next. */
INLINED void walk_patches(const struct input_pass *pass, const struct native_pass_place *places,
                          float *dx)
{
    vec sums[PATCH * PATCH];
    load_half(sums, 0, dx, pass->row);
    for (int j = 0; j < pass->g->result_columns; j++, dx += PATCH / 2 * BLOCK) {
        load_half(sums, PATCH / 2, dx, pass->row);
        add_patch(pass, &places[j], sums);
        store_half(sums, dx, pass->row);
        UNROLLED
        for (int t = 0; t < PATCH * PATCH; t += PATCH) {
            sums[t] = sums[t + 2];
            sums[t + 1] = sums[t + 3];
        }
    }
    store_half(sums, dx, pass->row);
}

/* Columns first .. end - 1 of one row of two patches. */
INLINED void load_pair(struct pair *pair, int row, int first, int end)
{
    UNROLLED
    for (int j = first; j < end; j++) {
        pair->a[row * PATCH + j] = vec_load(pair->dx + row * pair->row + j * BLOCK);
        pair->b[row * PATCH + j] = vec_load(pair->dx + pair->plane + row * pair->row + j * BLOCK);
    }
}

INLINED void store_pair(const struct pair *pair, int row, int first, int end)
{
    UNROLLED
    for (int j = first; j < end; j++) {
        vec_store(pair->dx + row * pair->row + j * BLOCK, pair->a[row * PATCH + j]);
        vec_store(pair->dx + pair->plane + row * pair->row + j * BLOCK, pair->b[row * PATCH + j]);
    }
}

INLINED void add_pair(struct pair *pair, const struct native_pass_place *place, int k)
{
    for (uint32_t bits = place->corners[k]; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        const float *a = own_address(pair->weights + o * (9 * BLOCK));
        const float *b = own_address(a + pair->other);
        vec value = vec_set(place->values[o]);
        UNROLLED
        for (int t = 0; t < 9; t++) {
            int at = (t / 3 + k / 2) * PATCH + t % 3 + k % 2;
            pair->a[at] = vec_fma(value, vec_load(a + t * BLOCK), pair->a[at]);
            pair->b[at] = vec_fma(value, vec_load(b + t * BLOCK), pair->b[at]);
        }
    }
}

/* A row of places. Three rows of the patches are in registers at a time, the middle two from place
   to place: half as many loops as for each block alone, and it is their ends that cost. */
INLINED void walk_pairs(struct pair pair, const struct native_pass_place *places, int columns)
{
    load_pair(&pair, 1, 0, PATCH / 2);
    load_pair(&pair, 2, 0, PATCH / 2);
    for (int j = 0; j < columns; j++, pair.dx += PATCH / 2 * BLOCK) {
        load_pair(&pair, 0, 0, PATCH);
        load_pair(&pair, 1, PATCH / 2, PATCH);
        load_pair(&pair, 2, PATCH / 2, PATCH);
        add_pair(&pair, &places[j], 0);
        add_pair(&pair, &places[j], 1);
        store_pair(&pair, 0, 0, PATCH);
        load_pair(&pair, 3, 0, PATCH);
        add_pair(&pair, &places[j], 2);
        add_pair(&pair, &places[j], 3);
        store_pair(&pair, 3, 0, PATCH);
        store_pair(&pair, 1, 0, PATCH / 2);
        store_pair(&pair, 2, 0, PATCH / 2);
        UNROLLED
        for (int t = PATCH; t < 3 * PATCH; t += PATCH)
            for (int i = t; i < t + PATCH / 2; i++) {
                pair.a[i] = pair.a[i + PATCH / 2];
                pair.b[i] = pair.b[i + PATCH / 2];
            }
    }
    store_pair(&pair, 1, 0, PATCH / 2);
    store_pair(&pair, 2, 0, PATCH / 2);
}

INLINED void walk_places(const struct input_pass *pass, const struct native_pass_place *places,
                         float *dx)
{
    const struct native_geometry *g = pass->g;
    for (int j = 0; j < g->result_columns; j++, dx += native_place_step(g) * BLOCK)
        for (int k = 0; k < (g->pool ? CORNERS : 1); k++)
            if (places[j].corners[k] != 0)
                walk_input_kinds(pass, &places[j], places[j].corners[k],
                                 dx + native_corner_at(g, k));
}

/* Whether the windows of a place lie in a patch. */
INLINED bool in_patches(const struct native_geometry *g)
{
    return g->pool && g->kernel == 3 && g->stride == 1;
}

/* What 32 output channels give to one block of input channels. */
INLINED void walk_pass(const struct native_geometry *g, const struct native_pass_place *places,
                       const float *weights, float *dx)
{
    bool patches = REGISTERS == 32 && in_patches(g);
    for (int i = 0; i < g->result_rows; i++, places += g->result_columns)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            struct input_pass pass = {g, weights + lane, g->width * BLOCK};
            float *to = dx + (ptrdiff_t)i * native_place_step(g) * pass.row + lane;
            if (patches)
                walk_patches(&pass, places, to);
            else
                walk_places(&pass, places, to);
        }
}

/* What they give to two blocks; weights are those of the first. */
INLINED void walk_pass_pairs(const struct native_geometry *g,
                             const struct native_pass_place *places, const float *weights,
                             float *dx)
{
    struct pair pair = {.weights = weights,
                        .other = (ptrdiff_t)g->out_channels * 9 * BLOCK,
                        .plane = (ptrdiff_t)g->height * g->width * BLOCK,
                        .dx = dx,
                        .row = g->width * BLOCK};
    for (int i = 0; i < g->result_rows; i++, places += g->result_columns) {
        walk_pairs(pair, places, g->result_columns);
        pair.dx += native_place_step(g) * pair.row;
    }
}

void NATIVE(native_sparse_input)(const struct native_geometry *g, const struct native_gradient *in,
                                 const float *weights, float *dx, struct native_pass_place *places)
{
    ptrdiff_t plane = (ptrdiff_t)g->height * g->width * BLOCK;
    ptrdiff_t taps = (ptrdiff_t)g->kernel * g->kernel * BLOCK;
    int blocks = g->channels / BLOCK, pairs = PAIRS && in_patches(g) ? blocks / 2 : 0;
    for (int first = 0; first < g->out_channels; first += NATIVE_PASS) {
        struct sparse_entry *entries = (struct sparse_entry *)(void *)places;
        int count = may_be_listed(g) ? list_places(entries, g, in, first) : -1;
        for (int b = 0; b < blocks && count >= 0; b++)
            add_entries(g, entries, count, weights + (b * g->out_channels + first) * taps,
                        dx + b * plane);
        if (count >= 0)
            continue;
        read_places(places, g, in, first);
        for (int b = 0; b < blocks; b += b < 2 * pairs ? 2 : 1) {
            const float *from = weights + (b * g->out_channels + first) * taps;
            if (b < 2 * pairs)
                walk_pass_pairs(g, places, from, dx + b * plane);
            else
                walk_pass(g, places, from, dx + b * plane);
        }
    }
}
