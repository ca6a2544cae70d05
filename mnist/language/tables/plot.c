/*
 * plot - plot: pictures of a training and of the network's inside.
 */
#include "mnist/language/tables/tables.h"

static const struct parameter curve_parameters[] = {
    TABLE_MODEL,
};

static const struct parameter filters_parameters[] = {
    {.name = "layer",
     .kind = PARAMETER_NAME,
     .otherwise = "the first convolution",
     .names = NAME_LAYER,
     .help = "a convolution, as `model summary` names it"},
    TABLE_MODEL,
};

static const struct parameter activations_parameters[] = {
    {.name = "index",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 0,
     .high = TABLE_INDEX_MAX,
     .high_technical = true,
     .help = "which image of the set, counted from 0"},
    {.name = "layer",
     .kind = PARAMETER_NAME,
     .otherwise = "the first convolution",
     .names = NAME_LAYER,
     .help = "a layer, as `model summary` names it"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "test",
     .help = "the set that the image is in"},
    TABLE_MODEL,
};

static const struct command commands[] = {
    {.id = COMMAND_PLOT_LOSS,
     .verb = "plot",
     .subject = "loss",
     TABLE_PARAMETERS(curve_parameters),
     .summary = "Plot the loss by epoch, of the training and the validation images",
     .details =
         "When the validation loss rises while the training loss still falls, the network learns by heart.",
     .example = "plot loss",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_ACCURACY,
     .verb = "plot",
     .subject = "accuracy",
     TABLE_PARAMETERS(curve_parameters),
     .summary = "Plot the accuracy by epoch, of the training and the validation images",
     .example = "plot accuracy",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_RATE,
     .verb = "plot",
     .subject = "rate",
     TABLE_PARAMETERS(curve_parameters),
     .summary = "Plot the learning rate of each step of the last training, as planned",
     .example = "plot rate",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_FILTERS,
     .verb = "plot",
     .subject = "filters",
     TABLE_PARAMETERS(filters_parameters),
     .summary = "Show a convolution's filters: the patterns it looks for",
     .example = "plot filters layer=conv1",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_ACTIVATIONS,
     .verb = "plot",
     .subject = "activations",
     TABLE_PARAMETERS(activations_parameters),
     .summary = "Show what a layer makes of one image, channel by channel",
     .example = "plot activations 12 layer=conv1",
     .traits = COMMAND_NAMED},
};

const struct family words_plot = {
    .name = "plot",
    .title = "Look inside",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
