/*
 * predictions - runs the network on a set of images.
 *
 *     selection -> data_loader -> predictor -> probabilities, labels -> confusion matrix -> metrics
 */
#include "mnist/commands/predictions.h"

#include "mnist/nn/engine/predict.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <stdlib.h>

void predictions_release(struct predictions *predictions)
{
    free(predictions->probabilities);
    free(predictions->labels);
}

static bool predictions_run(struct session *s, struct predictions *predictions,
                            struct progress *progress, struct error *error)
{
    struct data_loader *loader =
        selection_loader(s, &predictions->selection, &s->model.preparation.normalization, error);
    struct predictor *predictor =
        loader != NULL ? predictor_new(s->model.network, s->engine, s->pool, error) : NULL;
    bool done = false;
    if (predictor != NULL) {
        struct data_source source = data_loader_source(loader);
        done = predictor_run(predictor, &source, predictions->probabilities, predictions->labels,
                             progress, error);
    }
    predictor_free(&predictor);
    data_loader_free(&loader);
    return done;
}

bool predictions_make(struct session *s, const struct bound_call *call,
                      struct predictions *predictions, struct diagnostic *diagnostic)
{
    struct error error;
    struct work work;
    *predictions = (struct predictions){0};
    if (!model_need_trained(s, call, diagnostic) ||
        !data_select(s, call, "set", &predictions->selection, diagnostic))
        return false;
    size_t count = (size_t)predictions->selection.count;
    predictions->probabilities =
        malloc((count + 1) * DATASET_CLASSES * sizeof *predictions->probabilities);
    predictions->labels = malloc(count + 1);
    work_begin(&work, s, "evaluating", "images");
    if (predictions->probabilities == NULL || predictions->labels == NULL)
        error_memory(&error, "the predictions",
                     count * DATASET_CLASSES * sizeof *predictions->probabilities);
    else if (predictions_run(s, predictions, &work.progress, &error)) {
        confusion_count(&predictions->confusion, DATASET_CLASSES, predictions->probabilities,
                        predictions->labels, (int)count);
        metrics_compute(&predictions->metrics, &predictions->confusion);
        model_warn_figures(s, &s->model, s->model.name, &predictions->selection);
        return true;
    }
    predictions_release(predictions);
    return fail(call, diagnostic, &error);
}
