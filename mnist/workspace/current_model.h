/*
 * current_model - the network of a session, its training and its provenance.
 *
 * The commands `model` and `train` change it; `evaluate`, `predict` and `plot` read it. A network
 * remembers the preparation and the images of its training (provenance.h), so that a command can
 * refuse or warn when the loaded data do not fit.
 */
#ifndef MNIST_WORKSPACE_CURRENT_MODEL_H
#define MNIST_WORKSPACE_CURRENT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mnist/base/shared_limits.h"
#include "mnist/language/bound_call.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/train/trainer.h"
#include "mnist/workspace/current_data.h"
#include "mnist/workspace/provenance.h"
#include "mnist/workspace/recipe.h"

enum { NAME_SIZE = NAME_SIZE_MAX + 1 };

/* Figures of each epoch. They outlive the trainer and are saved with the model. */
struct training_history {
    struct epoch_record *records; /* [count] */
    int count;
    int planned; /* epochs requested    */
    int batches; /* batches in an epoch */
    struct trainer_config config;
    bool known; /* false: the model file states only the seed, not config and progress */
    struct trainer_progress progress;
    struct rate_curve rates; /* empty if not known */
};

struct model {
    struct network *network; /* NULL = no network */
    char name[NAME_SIZE];
    bool trained;
    struct preparation preparation;       /* of the training; valid if trained          */
    struct provenance provenance;         /* images of all trainings                    */
    char recipe[RECIPE_SIZE];             /* the commands of the training               */
    char augmentation[AUGMENTATION_SIZE]; /* of the training; "" = not known            */
    struct training_history history;
    double test_accuracy; /* of the last `evaluate`; NAN = not evaluated */
    /* A training that can be resumed; NULL = none. It borrows the data loaders. */
    struct trainer *trainer;
    struct data_loader *training_loader, *validation_loader;
    uint64_t data_version; /* data.version of that training */
};

/* Replaces the network by an untrained one. network is consumed. */
void model_replace(struct session *s, struct network *network, const char *name);
void model_release(struct model *model);
void model_drop_trainer(struct model *model);

/* Requires a network, trained or not. */
bool model_need(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);

/* Requires a trained network and data that are prepared as for its training. */
bool model_need_trained(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);

/* Checks that the prepared images have the network's input shape. The error states the remedy. */
__attribute__((warn_unused_result)) bool model_check_images(const struct session *s,
                                                            const struct model *model,
                                                            struct error *error);

/* The provenance entry of a training that begins now. */
struct training_images data_training_images(const struct session *s);

/* Warns on stderr if the loaded data are not those that the model was trained on. name is the name
   that the user gave to the model. */
void model_warn_data(struct session *s, const struct model *model, const char *name);

/* Warns on stderr if figures of the model on these images are not comparable: other data, or
   validation images that were training images of the model. */
void model_warn_figures(struct session *s, const struct model *model, const char *name,
                        const struct selection *selection);

/* Adds the saved models to the session's names. */
void model_names(struct session *s);

#endif
