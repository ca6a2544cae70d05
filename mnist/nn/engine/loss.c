/*
 * loss - softmax and cross-entropy, one image at a time.
 */
#include "mnist/nn/engine/loss.h"

#include <assert.h>
#include <stddef.h>

#include "mnist/nn/engine/exact_math.h"
#include "mnist/nn/model/network.h"

/* Writes exp[c] = exp(z[c] - largest) of one image. Returns their sum; *best is the index of the
   largest logit. */
static double exponentials(double exp[NETWORK_CLASSES_MAX], const float *logits,
                           const struct logits_layout *layout, int *best)
{
    int stride = layout->class_stride;
    *best = 0;
    for (int c = 1; c < layout->classes; c++)
        if (logits[c * stride] > logits[*best * stride])
            *best = c;
    double largest = (double)logits[*best * stride], sum = 0;
    for (int c = 0; c < layout->classes; c++) {
        exp[c] = exact_exp((double)logits[c * stride] - largest);
        sum += exp[c];
    }
    return sum;
}

void loss_softmax(float *probabilities, const float *logits, const struct logits_layout *layout,
                  int n)
{
    double exp[NETWORK_CLASSES_MAX];
    int best, classes = layout->classes;
    assert(classes <= NETWORK_CLASSES_MAX);
    for (int i = 0; i < n; i++, logits += layout->image_stride) {
        double sum = exponentials(exp, logits, layout, &best);
        for (int c = 0; c < classes; c++)
            probabilities[i * classes + c] = (float)(exp[c] / sum);
    }
}

/* Writes the gradient of one image's logits. exp[c] / sum are its probabilities. */
static void image_gradient(float *dlogits, const struct logits_layout *layout, const double *exp,
                           double sum, int label, double smoothing, int batch)
{
    double spread = smoothing / layout->classes;
    for (int c = 0; c < layout->classes; c++) {
        double target = c == label ? spread + (1 - smoothing) : spread;
        dlogits[c * layout->class_stride] = (float)((exp[c] / sum - target) / batch);
    }
    for (int c = layout->classes; c < layout->padded; c++)
        dlogits[c * layout->class_stride] = 0;
}

struct loss_sums loss_cross_entropy(const float *logits, const struct logits_layout *layout,
                                    const uint8_t *labels, int n, float smoothing, int batch,
                                    float *dlogits)
{
    struct loss_sums sums = {0};
    double exp[NETWORK_CLASSES_MAX], smooth = (double)smoothing, spread = smooth / layout->classes;
    assert(layout->classes <= NETWORK_CLASSES_MAX);
    for (int i = 0; i < n; i++) {
        const float *z = logits + (ptrdiff_t)i * layout->image_stride;
        int best, label = labels[i];
        double sum = exponentials(exp, z, layout, &best);
        double log_sum = exact_log(sum), largest = (double)z[best * layout->class_stride];
        for (int c = 0; c < layout->classes; c++) {
            double target = c == label ? spread + (1 - smooth) : spread;
            if (target != 0)
                sums.loss -= target * ((double)z[c * layout->class_stride] - largest - log_sum);
        }
        if (dlogits != NULL)
            image_gradient(dlogits + (ptrdiff_t)i * layout->image_stride, layout, exp, sum, label,
                           smooth, batch);
        sums.correct += best == label;
    }
    return sums;
}

struct loss_sums loss_plugin(const struct plugin_loss *loss, const float *logits,
                             const struct logits_layout *layout, const uint8_t *labels, int n,
                             int batch, float *dlogits)
{
    struct loss_sums sums = {0};
    float z[NETWORK_CLASSES_MAX], dz[NETWORK_CLASSES_MAX];
    assert(layout->classes <= NETWORK_CLASSES_MAX);
    for (int i = 0; i < n; i++) {
        const float *from = logits + (ptrdiff_t)i * layout->image_stride;
        int best = 0;
        for (int c = 0; c < layout->classes; c++) {
            z[c] = from[c * layout->class_stride];
            dz[c] = 0;
            best = z[c] > z[best] ? c : best;
        }
        sums.loss += loss->value(loss->context, z, layout->classes, labels[i], dz);
        sums.correct += best == labels[i];
        if (dlogits == NULL)
            continue;
        float *to = dlogits + (ptrdiff_t)i * layout->image_stride;
        for (int c = 0; c < layout->classes; c++)
            to[c * layout->class_stride] = (float)((double)dz[c] / batch);
        for (int c = layout->classes; c < layout->padded; c++)
            to[c * layout->class_stride] = 0;
    }
    return sums;
}
