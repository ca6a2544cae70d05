/*
 * train - vocabulary of the family `train`: train, with all its parameters, and check gradient.
 */
#include "mnist/language/tables/tables.h"

static const struct choice optimizers[] = {
    {"sgd", "stochastic gradient descent with Nesterov momentum"},
    {"adam", "step size of each weight adapted from averages of its gradient"},
    {"adamw", "adam with weight decay decoupled from the gradient"},
    {NULL, NULL},
};

static const struct choice schedules[] = {
    {"constant", "the same learning rate throughout"},
    {"step", "the learning rate is halved after each epoch"},
    {"cosine", "decreases from the learning rate to 0 along half a cosine"},
    {"onecycle", "rises to the learning rate, then falls to almost 0; for few epochs"},
    {NULL, NULL},
};

static const struct choice losses[] = {
    {"crossentropy", "mean of -log(probability of the true class)"},
    {NULL, NULL},
};

static const struct parameter train_parameters[] = {
    {.name = "resume",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "start with new weights",
     .help =
         "continue the last training where it stopped; parameters of this line replace its own"},
    {.name = "epochs",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = TRAINER_EPOCHS_MAX,
     .fallback = "5",
     .help = "number of passes over the training images; with resume: number of additional passes"},
    {.name = "batch",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = TRAINER_BATCH_MAX,
     .fallback = "128",
     .help = "number of images per optimizer step"},
    {.name = "rate",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 10,
     .low_open = true,
     .otherwise = "0.01 (onecycle), 0.001 (other schedules), 0.05 (sgd)",
     .help = "learning rate; the maximum if the schedule varies it"},
    {.name = "optimizer",
     .kind = PARAMETER_CHOICE,
     .choices = optimizers,
     .names = NAME_OPTIMIZER,
     .fallback = "adam",
     .help = "the algorithm that updates the weights from the gradient"},
    {.name = "momentum",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0.9",
     .help = "momentum (sgd), or decay rate of the running mean of the gradient (adam, adamw)"},
    {.name = "decay",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .otherwise = "0 (sgd, adam), 0.01 (adamw)",
     .help = "weight decay, which pulls the weights towards 0"},
    {.name = "schedule",
     .kind = PARAMETER_CHOICE,
     .choices = schedules,
     .names = NAME_SCHEDULE,
     .fallback = "onecycle",
     .help = "how the learning rate changes from step to step"},
    {.name = "warmup",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1000,
     .fallback = "0",
     .help = "number of epochs in which the learning rate rises (0.5 is half an epoch); "
             "with onecycle, 0 means 30 % of the epochs"},
    {.name = "loss",
     .kind = PARAMETER_CHOICE,
     .choices = losses,
     .names = NAME_LOSS,
     .fallback = "crossentropy",
     .help = "the loss to minimise"},
    {.name = "smoothing",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0",
     .help = "label smoothing: fraction of the target probability spread over all classes"},
    {.name = "clip",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1e6,
     .low_open = true,
     .otherwise = "no clipping",
     .help =
         "maximum Euclidean norm of the gradient; longer gradients are scaled down, so that the "
         "loss does not diverge"},
    {.name = "ema",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .high_open = true,
     .otherwise = "no averaging",
     .help =
         "decay of the exponential moving average of the weights, e.g. 0.999; training keeps the "
         "averaged weights"},
    {.name = "patience",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 1000,
     .otherwise = "no early stopping",
     .help = "number of epochs without an improvement of the validation loss after which training "
             "stops; the weights of the best epoch are kept, also after an interrupt"},
    {.name = "augment",
     .kind = PARAMETER_CHOICE,
     .names = NAME_AUGMENTATION,
     .otherwise = "the settings of `augment`",
     .help = "an additional augmentation, registered by a C cell"},
    {.name = "metric",
     .kind = PARAMETER_CHOICE,
     .names = NAME_METRIC,
     .otherwise = "loss and accuracy",
     .help = "an additional metric of the validation images, registered by a C cell"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "42",
     .help = "seed of the initial weights, the order of the images, dropout and augmentation"},
    {.name = "save",
     .kind = PARAMETER_NAME,
     .names = NAME_MODEL,
     .otherwise = "the network is not saved",
     .help = "save the trained network under this name, as `model save` does, also after an "
             "interrupt"},
};

static const struct parameter gradient_parameters[] = {
    {.name = "layer",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .names = NAME_LAYER,
     .plugins = true,
     .help =
         "a layer of the network (conv1), or a layer, activation or loss registered by a C cell"},
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 100000,
     .fallback = "500",
     .help = "number of randomly selected elements to check in each tensor"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "1",
     .help = "seed of the input values and of the selection of elements"},
};

static const struct command commands[] = {
    {.id = COMMAND_TRAIN,
     .verb = "train",
     TABLE_PARAMETERS(train_parameters),
     .summary = "Train the network on the training images",
     .details =
         "The table gets one row per epoch. The stop button ends the training after the current "
         "batch and keeps the weights, so that `train resume` can continue. A checkpoint of the "
         "training is written to data/checkpoints after each epoch and after a stop; another "
         "session can continue from it. With save=NAME the network is saved at the end. After a "
         "stop, the saved file also contains the state that is needed to resume. The same seed "
         "gives the same results. In a resume, rate, schedule and warmup restart the schedule "
         "for the remaining epochs; optimizer starts without past gradients from the current "
         "weights; batch can change only between epochs; seed and augment cannot change; the "
         "other parameters apply from then on. A network from `model load` is resumed with the "
         "parameters of its training and an optimizer without past gradients. Sets $loss and, "
         "with validation images, $validation_loss and $validation_accuracy: the values of the "
         "epoch whose weights are kept, which is the best epoch if patience is given and the "
         "last epoch otherwise.",
     .example = "train epochs=5 batch=128 rate=0.01 optimizer=adam schedule=onecycle seed=42",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_CHECK_GRADIENT,
     .verb = "check",
     .subject = "gradient",
     TABLE_PARAMETERS(gradient_parameters),
     .summary =
         "Compare the gradient of a layer with finite differences, and show the worst element",
     .details =
         "The input is one image of random values, with the layer's input shape in the network, "
         "or with 3 channels of 5 x 5. The gradient of each input value and each weight from the "
         "backward pass is compared with (f(x + h) - f(x - h)) / 2h, where f is the sum of the "
         "layer's outputs, each multiplied by a random number. A layer of the network is checked "
         "with its current weights. Elements at a kink, where the left and right derivatives "
         "differ, are counted separately. A difference of more than 1 % is an error.",
     .example = "check gradient conv1"},
};

const struct family table_train = {
    .name = "train",
    .title = "Train the network",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
