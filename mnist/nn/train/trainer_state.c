/*
 * trainer_state - taking a trainer's state, and putting it back; what else one may ask of a trainer.
 */
#include "mnist/nn/train/trainer_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void add_part(struct trainer_state *state, const char *prefix, const char *name,
                     size_t count)
{
    struct trainer_part *part = &state->parts[state->part_count++];
    assert(state->part_count <= TRAINER_PARTS_MAX);
    size_t length = strlen(prefix);
    assert(length + strlen(name) < sizeof part->name);
    memcpy(part->name, prefix, length);
    memcpy(part->name + length, name, strlen(name) + 1);
    part->count = count;
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
    add_part(state, "trainer.", "values", values);
    if (trainer->average != NULL)
        add_part(state, "trainer.", "average", values);
    if (trainer->best != NULL)
        add_part(state, "trainer.", "best", values);
    for (int i = 0; i < optimizer_moment_count(trainer->optimizer); i++)
        add_part(state, "optimizer.", optimizer_moment_name(trainer->optimizer, i),
                 network_parameter_count(trainer->training));
    state->floats = calloc(state->count, sizeof *state->floats);
    if (state->floats == NULL) {
        error_memory(error, "the trainer's state", state->count * sizeof(float));
        trainer_state_free(&state);
        return NULL;
    }
    float *values_at = state->floats;
    for (int i = 0; i < state->part_count; values_at += state->parts[i++].count)
        state->parts[i].values = values_at;
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

/* The trainer's own memory of a state's parts, in their order. */
static void list_own_parts(const struct trainer *trainer, float *own[TRAINER_PARTS_MAX])
{
    int count = 0;
    own[count++] = network_values(trainer->training);
    if (trainer->average != NULL)
        own[count++] = trainer->average;
    if (trainer->best != NULL)
        own[count++] = trainer->best;
    for (int i = 0; i < optimizer_moment_count(trainer->optimizer); i++)
        own[count++] = optimizer_moment(trainer->optimizer, i);
}

void trainer_state_take(struct trainer_state *state, const struct trainer *trainer)
{
    float *own[TRAINER_PARTS_MAX];
    list_own_parts(trainer, own);
    for (int i = 0; i < state->part_count; i++)
        memcpy(state->parts[i].values, own[i], state->parts[i].count * sizeof(float));
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
    float *own[TRAINER_PARTS_MAX];
    list_own_parts(trainer, own);
    for (int i = 0; i < state->part_count; i++)
        memcpy(own[i], state->parts[i].values, state->parts[i].count * sizeof(float));
    trainer->progress = state->progress;
    trainer->rates = state->rates;
    assert(state->progress.history_count <= trainer->config.epochs);
    if (history != NULL)
        memcpy(trainer->history, history, (size_t)state->progress.history_count * sizeof *history);
    optimizer_set_steps(trainer->optimizer, state->progress.optimizer_steps);
    if (state != trainer->good)
        trainer_state_take(trainer->good, trainer);
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
