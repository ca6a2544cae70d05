/*
 * train - train: the one long command, with everything a recipe may say.
 */
#include "mnist/language/tables/tables.h"

static const struct choice optimizers[] = {
    {"sgd", "gradient descent with Nesterov momentum"},
    {"adam", "each weight has a step of its own, from the history of its gradient"},
    {"adamw", "adam, with the weight decay apart from the gradient"},
    {NULL, NULL},
};

static const struct choice schedules[] = {
    {"constant", "the same rate throughout"},
    {"step", "half the rate after each epoch"},
    {"cosine", "falls from the rate to 0 along half a cosine"},
    {"onecycle", "rises to the rate, then falls to almost 0: the quickest for few epochs"},
    {NULL, NULL},
};

static const struct choice losses[] = {
    {"crossentropy", "the mean of -log of the probability of the right class"},
    {NULL, NULL},
};

static const struct parameter train_parameters[] = {
    {.name = "resume",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "start from new weights",
     .help = "continue the last training where it stopped, with its parameters and those of this "
             "line"},
    {.name = "epochs",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 10000,
     .fallback = "5",
     .help = "how often to go through the training images; with resume: how often more"},
    {.name = "batch",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 8192,
     .fallback = "128",
     .help = "images for each step of the weights"},
    {.name = "rate",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 10,
     .low_open = true,
     .otherwise = "0.01 (onecycle), 0.001 (other schedules), 0.05 (sgd)",
     .help = "the learning rate: how far a step goes; the highest one of a schedule"},
    {.name = "optimizer",
     .kind = PARAMETER_CHOICE,
     .choices = optimizers,
     .names = NAME_OPTIMIZER,
     .fallback = "adam",
     .help = "how a gradient becomes a step"},
    {.name = "momentum",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0.9",
     .help =
         "the share of the last step that goes on (sgd), or of the gradient's mean (adam, adamw)"},
    {.name = "decay",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .otherwise = "0 (sgd, adam), 0.01 (adamw)",
     .help = "weight decay: pulls weights towards 0"},
    {.name = "schedule",
     .kind = PARAMETER_CHOICE,
     .choices = schedules,
     .names = NAME_SCHEDULE,
     .fallback = "onecycle",
     .help = "how the rate changes from step to step"},
    {.name = "warmup",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1000,
     .fallback = "0",
     .help =
         "epochs in which the rate first rises (0.5 is half of one); onecycle takes 0 as 30 % of all"},
    {.name = "loss",
     .kind = PARAMETER_CHOICE,
     .choices = losses,
     .names = NAME_LOSS,
     .fallback = "crossentropy",
     .help = "what the training makes small"},
    {.name = "smoothing",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0",
     .help = "label smoothing: this share of the certainty is spread over all classes"},
    {.name = "clip",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1e6,
     .low_open = true,
     .otherwise = "any length",
     .help =
         "shorten a gradient that is longer than this (Euclidean norm), against losses that blow up"},
    {.name = "ema",
     .kind = PARAMETER_NUMBER,
     .low = 0,
     .high = 1,
     .high_open = true,
     .otherwise = "no averaging",
     .help =
         "keep an average of the weights that forgets so slowly (0.999), and use it in the end"},
    {.name = "patience",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 1000,
     .otherwise = "never stop early",
     .help =
         "stop when the validation loss has not improved for this many epochs, and keep the weights "
         "of the best epoch, also after an interrupt"},
    {.name = "augment",
     .kind = PARAMETER_CHOICE,
     .names = NAME_AUGMENTATION,
     .otherwise = "what `augment` has set",
     .help = "one more change of the images: an augmentation that a cell of C has registered"},
    {.name = "metric",
     .kind = PARAMETER_CHOICE,
     .names = NAME_METRIC,
     .otherwise = "loss and accuracy",
     .help = "one more figure of the validation images, registered by a cell of C"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "42",
     .help = "of the first weights, the order of the images, dropout and augmentation"},
    {.name = "save",
     .kind = PARAMETER_NAME,
     .names = NAME_MODEL,
     .otherwise = "save nothing",
     .help =
         "save the trained network under this name, as `model save` does; an interrupted training too"},
};

static const struct parameter gradient_parameters[] = {
    {.name = "layer",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .names = NAME_LAYER,
     .parts = true,
     .help =
         "a layer of the network (conv1), or a layer, activation or loss that a cell of C has registered"},
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 100000,
     .fallback = "500",
     .help = "elements of each tensor to look at, drawn from all there are"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "1",
     .help = "of the values that are put in, and of the elements chosen"},
};

static const struct command commands[] = {
    {.id = COMMAND_TRAIN,
     .verb = "train",
     TABLE_PARAMETERS(train_parameters),
     .summary = "Train the network on the training images",
     .details =
         "The table grows by a line each epoch; the stop button ends the training after the batch and keeps all "
         "that was learnt, so that `train resume` goes on from there; data/checkpoints has the training as it was then "
         "and after each epoch, for another session. With save=NAME the network is saved at the end, and after a stop "
         "together with what its training needs to go on. The same seed gives the same figures. "
         "In a resume, rate, schedule and warmup begin the schedule again, for the epochs that are left; optimizer "
         "makes the optimizer begin without past gradients, from the weights that are kept; batch can change between "
         "two epochs; seed and augment cannot change; the other parameters apply from there on. A network from "
         "`model load` is resumed with the parameters of its training and an optimizer without past gradients. "
         "Sets $loss and, with validation images, $validation_loss and $validation_accuracy: the figures of the "
         "epoch whose weights are kept, which is the best one with patience, else the last one.",
     .example = "train epochs=5 batch=128 rate=0.01 optimizer=adam schedule=onecycle seed=42",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_CHECK_GRADIENT,
     .verb = "check",
     .subject = "gradient",
     TABLE_PARAMETERS(gradient_parameters),
     .summary = "Compare a layer's backward with finite differences, and show the worst element",
     .details =
         "The layer is fed one image of random values, of the shape that it has in the network, or of 3 channels of "
         "5 x 5; what its backward says of each value and each weight is compared with (f(x + h) - f(x - h)) / 2h, "
         "where f is a sum of what the layer gives, each value times a random number. A layer of the network has the "
         "weights that it has there. Elements at a kink, where the slope to the left is not the slope to the right, "
         "are counted apart. More than 1 % apart is an error.",
     .example = "check gradient conv1"},
};

const struct family words_train = {
    .name = "train",
    .title = "Train it",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
