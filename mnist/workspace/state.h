/*
 * state - the run functions of all commands, for command_table.c.
 */
#ifndef MNIST_WORKSPACE_STATE_H
#define MNIST_WORKSPACE_STATE_H

#include "mnist/language/bound_call.h"
#include "mnist/workspace/session_state.h"

typedef bool (*command_run)(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);

/* ---- run functions, one file a family ---- */

bool run_load(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_explore(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_explore_samples(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_explore_image(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic);
bool run_explore_classes(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_explore_pixels(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);
bool run_explore_mean(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic);
bool run_explore_pca(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);
bool run_explore_outliers(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic);
bool run_explore_duplicates(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);
bool run_preprocess(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_preprocess_show(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_preprocess_reset(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic);
bool run_augment(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_augment_show(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic);
bool run_augment_off(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);
bool run_model(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_model_summary(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic);
bool run_model_save(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_model_load(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_model_list(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_train(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_evaluate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_evaluate_confusion(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);
bool run_evaluate_errors(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_evaluate_ensemble(struct session *s, const struct bound_call *call,
                           struct diagnostic *diagnostic);
bool run_predict(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_plot_loss(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_plot_accuracy(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic);
bool run_plot_rate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_plot_filters(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic);
bool run_plot_activations(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic);
bool run_info(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_set(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_print(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_warn(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_ask(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_clear(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_time(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_bench(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_help(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_reset(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_version(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_exit(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_c(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_check_gradient(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);
/* A command that a cell of C has registered. */
bool run_plugin_command(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);

/* Runs a command with the saved network of its `model` in place of the session's, and with images
   prepared as that was trained (model_commands.c); afterwards the session has its own again. */
bool run_named(struct session *s, const struct bound_call *call, command_run run,
               struct diagnostic *diagnostic);

/* Runs a resolved call: command_table.c's table. */
bool command_execute(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);

#endif
