/*
 * model_save - writes the session's network to a file: `model save`, and save= of `train`.
 *
 * In addition to weights and layers (nn/model/model_file.h), a file contains metadata
 * (model_metadata.h) and the parameters of the training (nn/train/checkpoint.h). A loaded network
 * can therefore be evaluated, plotted and trained further like a network that was trained in this
 * session. Times are not saved: the same training always gives the same file.
 */
#include "mnist/commands/model_save.h"

#include "mnist/base/atomic_file.h"
#include "mnist/commands/command_table.h"
#include "mnist/commands/model_metadata.h"
#include "mnist/commands/model_path.h"
#include "mnist/nn/train/checkpoint.h"
#include "mnist/workspace/session_state.h"

/* Adds the config, position and learning rates of the training, for `train resume` after `model
   load`. */
static bool add_training(struct model_metadata *metadata, struct checkpoint_pairs *training,
                         const struct model *model, struct error *error)
{
    const struct training_history *history = &model->history;
    if (!model->trained || !history->known)
        return true;
    struct trainer_summary summary = {history->config, history->progress, history->rates};
    summary.progress.sums.seconds = 0; /* so that the same training gives the same file */
    if (!checkpoint_pairs_make(training, &summary, history->records, history->count, error))
        return false;
    for (int i = 0; i < training->count; i++)
        metadata->items[metadata->count++] = training->items[i];
    return true;
}

static bool write_network(struct model *model, const char *path, struct model_metadata *metadata,
                          struct error *error)
{
    struct checkpoint_pairs training = {0};
    bool done =
        add_training(metadata, &training, model, error) &&
        model_file_save(path, model->network, metadata->items, metadata->count, NULL, 0, error);
    checkpoint_pairs_release(&training);
    return done;
}

bool model_save_write(struct session *s, const char *name, bool training, struct error *error)
{
    char path[PROJECT_PATHS_SIZE], plain[NAME_SIZE];
    struct model *model = &s->model;
    struct model_metadata metadata;
    model_path_strip(plain, name);
    bool resumable = training && model->trainer != NULL && !trainer_finished(model->trainer);
    bool saved =
        model_metadata_make(&metadata, model, error) &&
        atomic_file_make_folder(s->places.models, 0777, error) &&
        model_path_saved(s, plain, path, error) &&
        (resumable ? checkpoint_save(path, model->trainer, metadata.items, metadata.count, error)
                   : write_network(model, path, &metadata, error));
    model_metadata_release(&metadata);
    if (saved)
        output_print(s->output, OUTPUT_STDOUT, "saved as %s\n",
                     project_paths_shown(&s->places, path));
    return saved;
}

bool run_model_save(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic)
{
    struct error error;
    if (!model_need(s, call, diagnostic))
        return false;
    return model_save_write(s, bound_call_string(call, "name"), false, &error) ||
           bound_call_error(call, diagnostic, "name", &error);
}
