/*
 * command_table - which function runs which command.
 *
 * The words are in mnist/language/words_*.c; a test holds this table against them.
 */

#include "mnist/workspace/session_state.h"
#include "mnist/workspace/state.h"

#include <assert.h>

static const command_run functions[COMMAND_COUNT] = {
    [COMMAND_LOAD] = run_load,
    [COMMAND_EXPLORE] = run_explore,
    [COMMAND_EXPLORE_SAMPLES] = run_explore_samples,
    [COMMAND_EXPLORE_IMAGE] = run_explore_image,
    [COMMAND_EXPLORE_CLASSES] = run_explore_classes,
    [COMMAND_EXPLORE_PIXELS] = run_explore_pixels,
    [COMMAND_EXPLORE_MEAN] = run_explore_mean,
    [COMMAND_EXPLORE_PCA] = run_explore_pca,
    [COMMAND_EXPLORE_OUTLIERS] = run_explore_outliers,
    [COMMAND_EXPLORE_DUPLICATES] = run_explore_duplicates,
    [COMMAND_PREPROCESS] = run_preprocess,
    [COMMAND_PREPROCESS_SHOW] = run_preprocess_show,
    [COMMAND_PREPROCESS_RESET] = run_preprocess_reset,
    [COMMAND_AUGMENT] = run_augment,
    [COMMAND_AUGMENT_SHOW] = run_augment_show,
    [COMMAND_AUGMENT_OFF] = run_augment_off,
    [COMMAND_MODEL] = run_model,
    [COMMAND_MODEL_SUMMARY] = run_model_summary,
    [COMMAND_MODEL_SAVE] = run_model_save,
    [COMMAND_MODEL_LOAD] = run_model_load,
    [COMMAND_MODEL_LIST] = run_model_list,
    [COMMAND_TRAIN] = run_train,
    [COMMAND_CHECK_GRADIENT] = run_check_gradient,
    [COMMAND_EVALUATE] = run_evaluate,
    [COMMAND_EVALUATE_CONFUSION] = run_evaluate_confusion,
    [COMMAND_EVALUATE_ERRORS] = run_evaluate_errors,
    [COMMAND_EVALUATE_ENSEMBLE] = run_evaluate_ensemble,
    [COMMAND_PREDICT] = run_predict,
    [COMMAND_PLOT_LOSS] = run_plot_loss,
    [COMMAND_PLOT_ACCURACY] = run_plot_accuracy,
    [COMMAND_PLOT_RATE] = run_plot_rate,
    [COMMAND_PLOT_FILTERS] = run_plot_filters,
    [COMMAND_PLOT_ACTIVATIONS] = run_plot_activations,
    [COMMAND_INFO] = run_info,
    [COMMAND_SET] = run_set,
    [COMMAND_PRINT] = run_print,
    [COMMAND_WARN] = run_warn,
    [COMMAND_ASK] = run_ask,
    [COMMAND_CLEAR] = run_clear,
    [COMMAND_TIME] = run_time,
    [COMMAND_BENCH] = run_bench,
    [COMMAND_HELP] = run_help,
    [COMMAND_RESET] = run_reset,
    [COMMAND_VERSION] = run_version,
    [COMMAND_EXIT] = run_exit,
    [COMMAND_QUIT] = run_exit,
    [COMMAND_C] = run_c,
};

bool command_execute(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic)
{
    enum command_id id = bound_call_command(call)->id;
    if (id == COMMAND_REGISTERED)
        return run_plugin_command(s, call, diagnostic);
    assert(id < COMMAND_COUNT && functions[id] != NULL);
    if ((bound_call_command(call)->traits & COMMAND_NAMED) && bound_call_given(call, "model"))
        return run_named(s, call, functions[id], diagnostic);
    return functions[id](s, call, diagnostic);
}
