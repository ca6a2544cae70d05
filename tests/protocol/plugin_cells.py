"""plugin_cells - C cells that register plugins, a network with them, and hashes of its weights."""
import re


SWISH = """%%c
#include <mnist.h>
#include <math.h>

/* x times its own sigmoid.
   Smooth where relu has a corner. */
float swish(float x) { return x / (1 + expf(-x)); }
float swish_slope(float x)
{
    float s = 1 / (1 + expf(-x));
    return s + x * s * (1 - s);
}
register_activation(swish, .value = swish, .slope = swish_slope);
"""


GATE = """%%c
#include <mnist.h>

// Scales each channel by a weight of its own.
// power: how strongly
void gate_plan(struct mnist_layer_plan *plan)
{
    plan->weights = plan->in.channels;
    plan->first = 1;
    plan->spread = 0.1;
    if (plan->numbers[0] < 0) plan->wrong = "power must not be below 0";
}
void gate_forward(struct mnist_pass *p, const float *x, float *y)
{
    int plane = p->in.rows * p->in.columns;
    for (int i = 0; i < p->in.channels * plane; i++)
        y[i] = p->numbers[0] * p->weights[i / plane] * x[i];
}
void gate_backward(struct mnist_pass *p, const float *x, const float *y, const float *dy, float *dx)
{
    int plane = p->in.rows * p->in.columns;
    for (int i = 0; i < p->in.channels * plane; i++) {
        dx[i] = p->numbers[0] * p->weights[i / plane] * dy[i];
        p->gradients[i / plane] += p->numbers[0] * x[i] * dy[i];
    }
}
register_layer(gate, .parameters = "power=1", .plan = gate_plan, .forward = gate_forward, .backward = gate_backward);
"""


TRAINING = """%%c
#include <mnist.h>
#include <math.h>
/* Share of images whose class is among the two likeliest. */
double top2(const float *p, const uint8_t *labels, int count, int classes)
{
    int good = 0;
    for (int i = 0; i < count; i++, p += classes) {
        int better = 0;
        for (int c = 0; c < classes; c++) better += p[c] > p[labels[i]];
        good += better < 2;
    }
    return (double)good / count;
}
register_metric(top2);

/* Up, then down. */
double triangle(double rate, uint64_t step, uint64_t steps)
{
    double t = (step + 0.5) / steps;
    return rate * (t < 0.5 ? 2 * t : 2 - 2 * t);
}
register_schedule(triangle);

/* Half the square distance to the one-hot vector. */
double square(const float *z, int classes, int label, float *dz)
{
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        dz[c] = z[c] - (c == label);
        sum += dz[c] * dz[c] / 2;
    }
    return sum;
}
register_loss(square);

/* Plain gradient descent. */
void plain(const struct mnist_step *s, float *w, const float *g, float *const *m, int count)
{
    for (int i = 0; i < count; i++) {
        m[0][i] = (float)s->momentum * m[0][i] + g[i];
        w[i] -= (float)s->rate * m[0][i];
    }
}
register_optimizer(plain, .moments = 1, .rate = 0.02, .step = plain);

/* Mirrors every other image. */
void mirror(uint8_t *out, const uint8_t *in, int rows, int columns, struct mnist_rng *rng)
{
    int turn = mnist_rng_below(rng, 2);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            out[i * columns + j] = in[i * columns + (turn ? columns - 1 - j : j)];
}
register_augmentation(mirror);
"""


NETWORK = """preprocess normalize validation=300 seed=1
model mixed:
    conv 4 3x3 stride=2
    swish
    gate 0.5
    maxpool 2
    dense 10
"""
RECIPE = "train epochs=4 batch=20 seed=3"


def hash_of(messages):
    """The first hash of the weights in the outputs."""
    return re.findall(r"\b[0-9a-f]{16}\b", str(messages))[0]


def last_hash(messages):
    """The last hash of the weights in the outputs."""
    return re.findall(r"\b[0-9a-f]{16}\b", str(messages))[-1]
