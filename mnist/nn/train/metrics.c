/*
 * metrics - counts, ratios and Wilson's interval; metrics.h defines them.
 */
#include "mnist/nn/train/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

int metrics_argmax(const float *values, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

void confusion_count(struct confusion *confusion, int classes, const float *probabilities,
                     const uint8_t *labels, int count)
{
    assert(classes >= 1 && classes <= METRICS_CLASSES_MAX);
    *confusion = (struct confusion){.classes = classes};
    for (int i = 0; i < count; i++) {
        assert(labels[i] < classes);
        int predicted = metrics_argmax(probabilities + (long)i * classes, classes);
        confusion->counts[labels[i]][predicted]++;
    }
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

static struct class_metrics class_metrics_of(const struct confusion *confusion, int class)
{
    struct class_metrics m = {0};
    for (int other = 0; other < confusion->classes; other++) {
        m.support += confusion->counts[class][other];
        m.predicted += confusion->counts[other][class];
    }
    double correct = (double)confusion->counts[class][class];
    m.precision = ratio(correct, (double)m.predicted);
    m.recall = ratio(correct, (double)m.support);
    m.f1 = ratio(2 * correct, (double)(m.predicted + m.support));
    return m;
}

static double or_zero(double ratio)
{
    return isnan(ratio) ? 0 : ratio;
}

static bool occurs(const struct class_metrics *class)
{
    return class->support + class->predicted > 0;
}

static void add_weighted(struct class_metrics *mean, const struct class_metrics *class,
                         double weight)
{
    mean->precision += weight * or_zero(class->precision);
    mean->recall += weight * or_zero(class->recall);
    mean->f1 += weight * or_zero(class->f1);
    mean->support += class->support;
    mean->predicted += class->predicted;
}

void metrics_compute(struct metrics *metrics, const struct confusion *confusion)
{
    int occurring = 0;
    *metrics = (struct metrics){.classes = confusion->classes};
    for (int i = 0; i < confusion->classes; i++) {
        metrics->by_class[i] = class_metrics_of(confusion, i);
        metrics->images += metrics->by_class[i].support;
        metrics->correct += confusion->counts[i][i];
        occurring += occurs(&metrics->by_class[i]);
    }
    for (int i = 0; i < confusion->classes; i++) {
        const struct class_metrics *class = &metrics->by_class[i];
        if (!occurs(class))
            continue;
        add_weighted(&metrics->macro, class, 1.0 / occurring);
        add_weighted(&metrics->weighted, class,
                     ratio((double)class->support, (double)metrics->images));
    }
    metrics->accuracy = ratio((double)metrics->correct, (double)metrics->images);
    wilson_interval(&metrics->accuracy_low, &metrics->accuracy_high, metrics->correct,
                    metrics->images, 1.96);
}

void wilson_interval(double *low, double *high, uint64_t successes, uint64_t trials, double z)
{
    assert(successes <= trials);
    double n = (double)trials;
    if (trials == 0) {
        *low = 0;
        *high = 1;
        return;
    }
    double p = (double)successes / n, square = z * z;
    double centre = p + square / (2 * n), scale = 1 + square / n;
    double half = z * sqrt(p * (1 - p) / n + square / (4 * n * n));
    *low = successes == 0 ? 0 : (centre - half) / scale;
    *high = successes == trials ? 1 : (centre + half) / scale;
}
