/*
 * trainer_state - saves and restores the state of a trainer, and implements the queries of
 * trainer.h.
 *
 * A state lists its tensors in the order of list_arrays, which returns the trainer's memory for
 * each.
 */
#include "mnist/nn/train/trainer_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void add_tensor(struct trainer_state *state, const char *prefix, const char *name,
                       size_t count)
{
    struct trainer_tensor *tensor = &state->tensors[state->tensor_count++];
    assert(state->tensor_count <= TRAINER_TENSORS_MAX);
    size_t length = strlen(prefix);
    assert(length + strlen(name) < sizeof tensor->name);
    memcpy(tensor->name, prefix, length);
    memcpy(tensor->name + length, name, strlen(name) + 1);
    tensor->count = count;
    state->count += count;
}

struct trainer_state *trainer_state_new(const struct trainer *trainer, struct error *error)
{
    struct trainer_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        error_memory(error, "the trainer's state", sizeof *state);
        return NULL;
    }
    size_t values = network_value_count(trainer->training);
    add_tensor(state, "trainer.", "values", values);
    if (trainer->average != NULL)
        add_tensor(state, "trainer.", "average", values);
    if (trainer->best != NULL)
        add_tensor(state, "trainer.", "best", values);
    for (int i = 0; i < optimizer_moment_count(trainer->optimizer); i++)
        add_tensor(state, "optimizer.", optimizer_moment_name(trainer->optimizer, i),
                   network_parameter_count(trainer->training));
    state->floats = calloc(state->count, sizeof *state->floats);
    if (state->floats == NULL) {
        error_memory(error, "the trainer's state", state->count * sizeof(float));
        trainer_state_free(&state);
        return NULL;
    }
    float *values_at = state->floats;
    for (int i = 0; i < state->tensor_count; values_at += state->tensors[i++].count)
        state->tensors[i].values = values_at;
    return state;
}

void trainer_state_free(struct trainer_state **state)
{
    if (*state == NULL)
        return;
    free((*state)->floats);
    free(*state);
    *state = NULL;
}

/* The trainer's memory for each tensor of a state, in the same order. */
static void list_arrays(const struct trainer *trainer, float *arrays[TRAINER_TENSORS_MAX])
{
    int count = 0;
    arrays[count++] = network_values(trainer->training);
    if (trainer->average != NULL)
        arrays[count++] = trainer->average;
    if (trainer->best != NULL)
        arrays[count++] = trainer->best;
    for (int i = 0; i < optimizer_moment_count(trainer->optimizer); i++)
        arrays[count++] = optimizer_moment(trainer->optimizer, i);
}

void trainer_state_save(struct trainer_state *state, const struct trainer *trainer)
{
    float *arrays[TRAINER_TENSORS_MAX];
    list_arrays(trainer, arrays);
    for (int i = 0; i < state->tensor_count; i++)
        memcpy(state->tensors[i].values, arrays[i], state->tensors[i].count * sizeof(float));
    state->progress = trainer->progress;
    state->rates = trainer->rates;
    state->progress.optimizer_steps = optimizer_steps(trainer->optimizer);
}

void trainer_show(struct trainer *trainer)
{
    const float *values =
        trainer->average != NULL ? trainer->average : network_values_const(trainer->training);
    memcpy(network_values(trainer->shown), values,
           network_value_count(trainer->shown) * sizeof *values);
}

void trainer_show_kept(struct trainer *trainer)
{
    if (trainer->best == NULL || trainer->progress.best_epoch == 0)
        trainer_show(trainer);
    else
        memcpy(network_values(trainer->shown), trainer->best,
               network_value_count(trainer->shown) * sizeof *trainer->best);
}

void trainer_state_restore(const struct trainer_state *state, struct trainer *trainer,
                           const struct epoch_record *history)
{
    float *arrays[TRAINER_TENSORS_MAX];
    list_arrays(trainer, arrays);
    for (int i = 0; i < state->tensor_count; i++)
        memcpy(arrays[i], state->tensors[i].values, state->tensors[i].count * sizeof(float));
    trainer->progress = state->progress;
    trainer->rates = state->rates;
    assert(state->progress.history_count <= trainer->config.epochs);
    if (history != NULL)
        memcpy(trainer->history, history, (size_t)state->progress.history_count * sizeof *history);
    optimizer_set_steps(trainer->optimizer, state->progress.optimizer_steps);
    if (state != trainer->good)
        trainer_state_save(trainer->good, trainer);
    trainer_show_kept(trainer);
}

/* ---- queries --------------------------------------------------------------------------------- */

bool trainer_finished(const struct trainer *trainer)
{
    return trainer->progress.stopped_early ||
           trainer->progress.position.epoch > trainer->config.epochs;
}

bool trainer_stopped_early(const struct trainer *trainer)
{
    return trainer->progress.stopped_early;
}

struct trainer_position trainer_position(const struct trainer *trainer)
{
    return trainer->progress.position;
}

const struct trainer_config *trainer_config(const struct trainer *trainer)
{
    return &trainer->config;
}

const struct epoch_record *trainer_history(const struct trainer *trainer, int *count)
{
    *count = trainer->progress.history_count;
    return trainer->history;
}

const struct epoch_record *trainer_best(const struct trainer *trainer)
{
    int epoch = trainer->progress.best_epoch;
    return epoch > 0 ? &trainer->history[epoch - 1] : NULL;
}

const struct epoch_record *trainer_kept(const struct trainer *trainer)
{
    const struct epoch_record *best = trainer->best != NULL ? trainer_best(trainer) : NULL;
    int count = trainer->progress.history_count;
    return best != NULL || count == 0 ? best : &trainer->history[count - 1];
}

const struct trainer_progress *trainer_progress(const struct trainer *trainer)
{
    return &trainer->progress;
}

const struct rate_curve *trainer_rates(const struct trainer *trainer)
{
    return &trainer->rates;
}

int trainer_batch_count(int images, int batch)
{
    return (images + batch - 1) / batch;
}

int trainer_batches(const struct trainer *trainer)
{
    return trainer_batch_count(trainer->source.count, trainer->config.batch);
}

struct network *trainer_network(const struct trainer *trainer)
{
    return trainer->shown;
}
