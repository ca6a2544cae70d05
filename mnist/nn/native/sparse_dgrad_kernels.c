/*
 * sparse_dgrad_kernels - input gradient of a convolution as a sparse-dense product: only the
 * nonzero entries of dy are visited (see sparse_wgrad_kernels.c).
 *
 *     dx[c, patch + (u, v)] += dy[o, position] w[o,c,u,v]
 *     dx [C / 16][in_rows][in_columns][16], w [C / 16][O][K * K][16 c]
 *
 * 16 input channels c are the lanes. A patch of dx stays in registers while all output channels
 * that have the same argmax (corner of the pooling window) are added. Order of each chain: blocks
 * of 32 output channels, positions, corner of the window, channels.
 *
 * With 16 registers, a patch does not fit. If most gradients are 0, the nonzero entries are then
 * listed, in the same order, and each one is added to its patch in memory. This needs more loads
 * and stores, but it is one long loop instead of one short loop per patch, whose end the branch
 * predictor cannot predict: over an epoch of `keras`, the input gradient takes 0.71 of the time
 * (AVX2).
 */
#include "mnist/nn/native/kernels.h"

enum {
    CORNERS = 4,
    TAPS_MAX = 25,
    PATCH = 4,
    LISTED = 18, /* maximum of entries per position, on average, for a list */
    PAIRS = REGISTERS == 32 && (int)VEC == (int)BLOCK /* rows of two blocks fit in registers */
};

static void read_position(struct native_pass_position *position, const struct native_geometry *g,
                          const float *dy, const uint8_t *argmax, int blocks)
{
    ptrdiff_t plane = (ptrdiff_t)g->out_rows * g->out_columns * BLOCK;
    uint32_t nonzero = 0, right = 0, down = 0;
    for (int b = 0; b < blocks; b++, dy += plane) {
        memcpy(position->values + b * BLOCK, dy, BLOCK * sizeof *dy);
        nonzero |= block_nonzero(dy) << (b * BLOCK);
        if (!g->pool)
            continue;
        right |= bytes_bit(argmax, 0) << (b * BLOCK);
        down |= bytes_bit(argmax, 1) << (b * BLOCK);
        argmax += plane;
    }
    position->corners[0] = nonzero & ~right & ~down;
    position->corners[1] = nonzero & right & ~down;
    position->corners[2] = nonzero & ~right & down;
    position->corners[3] = nonzero & right & down;
}

/* Reads all positions, for output channels first .. first + 31. */
static void read_positions(struct native_pass_position *positions, const struct native_geometry *g,
                           const struct native_gradient *in, int first)
{
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2;
    ptrdiff_t at = (ptrdiff_t)first * g->out_rows * g->out_columns;
    for (int i = 0; i < g->result_rows; i++)
        for (int j = 0; j < g->result_columns; j++) {
            ptrdiff_t from = at + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            read_position(positions++, g, in->dy + from, g->pool ? in->argmax + from : NULL,
                          blocks);
        }
}

/* ---- the list -------------------------------------------------------------------------------- */

/* The gradient of an output channel o, and the offset of its patch: code = 2 offset + o. The offset
   in floats is a multiple of BLOCK, so 2 offset is a multiple of 32. */
struct sparse_entry {
    float value;
    uint32_t code;
};
_Static_assert(LISTED * sizeof(struct sparse_entry) <= sizeof(struct native_pass_position),
               "the list uses the memory of the positions");
_Static_assert((int)NATIVE_PASS <= 2 * BLOCK, "a channel fits below the offset in a code");

/* Appends the entries of one position, sorted by corner; `window` is the offset of the first
   corner's patch. A counting sort: one loop over all nonzero channels writes each entry to the next
   free index of its corner. ends holds these four indices, 16 bits each. */
INLINED struct sparse_entry *list_position(struct sparse_entry *end,
                                           const struct native_geometry *g,
                                           const struct native_pass_position *position, int window)
{
    const uint32_t *corners = position->corners;
    uint32_t right = corners[1] | corners[3], down = corners[2] | corners[3];
    uint32_t nonzero = corners[0] | right | down;
    uint32_t codes[CORNERS];
    uint64_t ends = 0, before = 0;
    for (int k = 0; k < CORNERS; k++) {
        codes[k] = 2 * (uint32_t)(window + native_corner_offset(g, k));
        ends |= before << (16 * k);
        before += (uint64_t)__builtin_popcount(corners[k]);
    }
    for (uint32_t bits = nonzero; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        int k = (int)((right >> o & 1) | (down >> o & 1) << 1);
        end[ends >> (16 * k) & 0xffff] =
            (struct sparse_entry){position->values[o], codes[k] + (uint32_t)o};
        ends += (uint64_t)1 << (16 * k);
    }
    return end + before;
}

/* Lists the entries of all positions, for output channels first .. first + 31. Returns their
   number, or -1 if there are too many. */
static int list_positions(struct sparse_entry *entries, const struct native_geometry *g,
                          const struct native_gradient *in, int first)
{
    int blocks = (g->out_channels - first) / BLOCK < 2 ? 1 : 2,
        step = native_position_step(g) * BLOCK;
    ptrdiff_t at = (ptrdiff_t)first * g->out_rows * g->out_columns;
    struct sparse_entry *end = entries;
    for (int i = 0; i < g->result_rows; i++) {
        ptrdiff_t room = (ptrdiff_t)LISTED * (i + 1) * g->result_columns;
        for (int j = 0; j < g->result_columns; j++) {
            struct native_pass_position position;
            ptrdiff_t from = at + ((ptrdiff_t)i * g->out_columns + j) * BLOCK;
            read_position(&position, g, in->dy + from, in->argmax + from, blocks);
            uint32_t nonzero = position.corners[0] | position.corners[1] | position.corners[2] |
                               position.corners[3];
            if (end - entries + __builtin_popcount(nonzero) > room)
                return -1;
            end = list_position(end, g, &position, (i * g->in_columns + j) * step);
        }
    }
    return (int)(end - entries);
}

/* Adds all entries to one block of input channels. */
static void add_entries(const struct native_geometry *g, const struct sparse_entry *entries,
                        int count, const float *weights, float *dx)
{
    enum { K = 3 };
    int row = g->in_columns * BLOCK;
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

/* Whether a list can be faster, given the shapes and registers. */
INLINED bool may_be_listed(const struct native_geometry *g)
{
    return REGISTERS == 16 && g->pool && g->filter == 3 && g->sparse_dy;
}

/* ---- the places ------------------------------------------------------------------------------ */

/* One vector of input channels and 32 output channels. */
struct input_pass {
    const struct native_geometry *g;
    const float *weights; /* of the first output channel, at the vector's block and lane */
    int row;              /* floats per row of dx */
};

/* Two blocks of input channels, a and b, in one loop. other: offset between their weights; plane:
   offset between their dx. */
struct pair {
    vec a[PATCH * PATCH], b[PATCH * PATCH];
    const float *weights;
    ptrdiff_t other, plane;
    float *dx; /* at the patch of a */
    int row;
};

/* Adds one position. The four 3x3 patches of a pooling window (stride 1) cover a patch of 4x4. */
INLINED void add_patch(const struct input_pass *pass, const struct native_pass_position *position,
                       vec sums[PATCH * PATCH])
{
    UNROLLED
    for (int k = 0; k < CORNERS; k++)
        for (uint32_t bits = position->corners[k]; bits != 0; bits &= bits - 1) {
            int o = __builtin_ctz(bits);
            const float *w = pass->weights + o * (9 * BLOCK);
            vec value = vec_set(position->values[o]);
            UNROLLED
            for (int t = 0; t < 9; t++) {
                int at = (t / 3 + k / 2) * PATCH + t % 3 + k % 2;
                sums[at] = vec_fma(value, vec_load(w + t * BLOCK), sums[at]);
            }
        }
}

/* Two columns of a patch, from first on. Adjacent patches overlap by two columns. */
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

/* Some rows of one patch, from first on. */
INLINED void walk_input(const struct input_pass *pass, const struct native_pass_position *position,
                        uint32_t bits, float *dx, int first, int rows, int K)
{
    int size = pass->g->filter * pass->g->filter * BLOCK;
    vec sums[TAPS_MAX];
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        sums[t] = vec_load(dx + (first + t / K) * pass->row + t % K * BLOCK);
    for (; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        const float *w = pass->weights + (ptrdiff_t)o * size + first * K * BLOCK;
        vec value = vec_set(position->values[o]);
        UNROLLED
        for (int t = 0; t < rows * K; t++)
            sums[t] = vec_fma(value, vec_load(w + t * BLOCK), sums[t]);
    }
    UNROLLED
    for (int t = 0; t < rows * K; t++)
        vec_store(dx + (first + t / K) * pass->row + t % K * BLOCK, sums[t]);
}

INLINED void walk_input_any(const struct input_pass *pass,
                            const struct native_pass_position *position, uint32_t bits, float *dx)
{
    int K = pass->g->filter;
    for (int t = 0; t < K * K; t++) {
        struct input_pass tap = *pass;
        tap.weights += t * BLOCK;
        walk_input(&tap, position, bits, dx + t / K * pass->row + t % K * BLOCK, 0, 1, 1);
    }
}

INLINED void walk_input_kinds(const struct input_pass *pass,
                              const struct native_pass_position *position, uint32_t bits, float *dx)
{
    int K = pass->g->filter;
    if (K == 3) {
        walk_input(pass, position, bits, dx, 0, 3, 3);
    } else if (K == 5 && REGISTERS == 32) {
        walk_input(pass, position, bits, dx, 0, 5, 5);
    } else if (K == 5) {
        walk_input(pass, position, bits, dx, 0, 2, 5);
        walk_input(pass, position, bits, dx, 2, 2, 5);
        walk_input(pass, position, bits, dx, 4, 1, 5);
    } else {
        walk_input_any(pass, position, bits, dx);
    }
}

/* One row of positions. The two columns that adjacent patches share stay in registers. */
INLINED void walk_patches(const struct input_pass *pass,
                          const struct native_pass_position *positions, float *dx)
{
    vec sums[PATCH * PATCH];
    load_half(sums, 0, dx, pass->row);
    for (int j = 0; j < pass->g->result_columns; j++, dx += PATCH / 2 * BLOCK) {
        load_half(sums, PATCH / 2, dx, pass->row);
        add_patch(pass, &positions[j], sums);
        store_half(sums, dx, pass->row);
        UNROLLED
        for (int t = 0; t < PATCH * PATCH; t += PATCH) {
            sums[t] = sums[t + 2];
            sums[t + 1] = sums[t + 3];
        }
    }
    store_half(sums, dx, pass->row);
}

/* Columns first .. end - 1 of one row of both patches. */
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

INLINED void add_pair(struct pair *pair, const struct native_pass_position *position, int k)
{
    for (uint32_t bits = position->corners[k]; bits != 0; bits &= bits - 1) {
        int o = __builtin_ctz(bits);
        const float *a = opaque_address(pair->weights + o * (9 * BLOCK));
        const float *b = opaque_address(a + pair->other);
        vec value = vec_set(position->values[o]);
        UNROLLED
        for (int t = 0; t < 9; t++) {
            int at = (t / 3 + k / 2) * PATCH + t % 3 + k % 2;
            pair->a[at] = vec_fma(value, vec_load(a + t * BLOCK), pair->a[at]);
            pair->b[at] = vec_fma(value, vec_load(b + t * BLOCK), pair->b[at]);
        }
    }
}

/* One row of positions for two blocks of input channels. Three rows of both patches are in
   registers at a time; the middle two are kept from position to position. Two blocks share each
   loop over channels, which halves the number of mispredicted loop ends. */
INLINED void walk_pairs(struct pair pair, const struct native_pass_position *positions, int columns)
{
    load_pair(&pair, 1, 0, PATCH / 2);
    load_pair(&pair, 2, 0, PATCH / 2);
    for (int j = 0; j < columns; j++, pair.dx += PATCH / 2 * BLOCK) {
        load_pair(&pair, 0, 0, PATCH);
        load_pair(&pair, 1, PATCH / 2, PATCH);
        load_pair(&pair, 2, PATCH / 2, PATCH);
        add_pair(&pair, &positions[j], 0);
        add_pair(&pair, &positions[j], 1);
        store_pair(&pair, 0, 0, PATCH);
        load_pair(&pair, 3, 0, PATCH);
        add_pair(&pair, &positions[j], 2);
        add_pair(&pair, &positions[j], 3);
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

INLINED void walk_positions(const struct input_pass *pass,
                            const struct native_pass_position *positions, float *dx)
{
    const struct native_geometry *g = pass->g;
    for (int j = 0; j < g->result_columns; j++, dx += native_position_step(g) * BLOCK)
        for (int k = 0; k < (g->pool ? CORNERS : 1); k++)
            if (positions[j].corners[k] != 0)
                walk_input_kinds(pass, &positions[j], positions[j].corners[k],
                                 dx + native_corner_offset(g, k));
}

/* Whether the patches of a pooling window cover exactly a 4x4 patch. */
INLINED bool in_patches(const struct native_geometry *g)
{
    return g->pool && g->filter == 3 && g->stride == 1;
}

/* Adds 32 output channels to one block of input channels. */
INLINED void walk_pass(const struct native_geometry *g,
                       const struct native_pass_position *positions, const float *weights,
                       float *dx)
{
    bool patches = REGISTERS == 32 && in_patches(g);
    for (int i = 0; i < g->result_rows; i++, positions += g->result_columns)
        for (int lane = 0; lane < BLOCK; lane += VEC) {
            struct input_pass pass = {g, weights + lane, g->in_columns * BLOCK};
            float *to = dx + (ptrdiff_t)i * native_position_step(g) * pass.row + lane;
            if (patches)
                walk_patches(&pass, positions, to);
            else
                walk_positions(&pass, positions, to);
        }
}

/* Adds them to two blocks of input channels; weights are those of the first. */
INLINED void walk_pass_pairs(const struct native_geometry *g,
                             const struct native_pass_position *positions, const float *weights,
                             float *dx)
{
    struct pair pair = {.weights = weights,
                        .other = (ptrdiff_t)g->out_channels * 9 * BLOCK,
                        .plane = (ptrdiff_t)g->in_rows * g->in_columns * BLOCK,
                        .dx = dx,
                        .row = g->in_columns * BLOCK};
    for (int i = 0; i < g->result_rows; i++, positions += g->result_columns) {
        walk_pairs(pair, positions, g->result_columns);
        pair.dx += native_position_step(g) * pair.row;
    }
}

void NATIVE(native_sparse_dgrad)(const struct native_geometry *g, const struct native_gradient *in,
                                 const float *weights, float *dx,
                                 struct native_pass_position *positions)
{
    ptrdiff_t plane = (ptrdiff_t)g->in_rows * g->in_columns * BLOCK;
    ptrdiff_t taps = (ptrdiff_t)g->filter * g->filter * BLOCK;
    int blocks = g->channels / BLOCK, pairs = PAIRS && in_patches(g) ? blocks / 2 : 0;
    for (int first = 0; first < g->out_channels; first += NATIVE_PASS) {
        struct sparse_entry *entries = (struct sparse_entry *)(void *)positions;
        int count = may_be_listed(g) ? list_positions(entries, g, in, first) : -1;
        for (int b = 0; b < blocks && count >= 0; b++)
            add_entries(g, entries, count, weights + (b * g->out_channels + first) * taps,
                        dx + b * plane);
        if (count >= 0)
            continue;
        read_positions(positions, g, in, first);
        for (int b = 0; b < blocks; b += b < 2 * pairs ? 2 : 1) {
            const float *from = weights + (b * g->out_channels + first) * taps;
            if (b < 2 * pairs)
                walk_pass_pairs(g, positions, from, dx + b * plane);
            else
                walk_pass(g, positions, from, dx + b * plane);
        }
    }
}
