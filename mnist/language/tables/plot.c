/*
 * plot - vocabulary of the family `plot`: training curves, filters and activations.
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
     .help = "name of a convolution, as shown by `model summary`"},
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
     .help = "index of the image in its set, counted from 0"},
    {.name = "layer",
     .kind = PARAMETER_NAME,
     .otherwise = "the first convolution",
     .names = NAME_LAYER,
     .help = "name of a layer, as shown by `model summary`"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "test",
     .help = "the set that contains the image"},
    TABLE_MODEL,
};

static const struct command commands[] = {
    {.id = COMMAND_PLOT_LOSS,
     .verb = "plot",
     .subject = "loss",
     TABLE_PARAMETERS(curve_parameters),
     .summary = "Plot the training and validation loss by epoch",
     .details = "If the validation loss rises while the training loss still falls, the network "
                "overfits.",
     .example = "plot loss",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_ACCURACY,
     .verb = "plot",
     .subject = "accuracy",
     TABLE_PARAMETERS(curve_parameters),
     .summary = "Plot the training and validation accuracy by epoch",
     .example = "plot accuracy",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_RATE,
     .verb = "plot",
     .subject = "rate",
     TABLE_PARAMETERS(curve_parameters),
     .summary = "Plot the planned learning rate of each step of the last training",
     .example = "plot rate",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_FILTERS,
     .verb = "plot",
     .subject = "filters",
     TABLE_PARAMETERS(filters_parameters),
     .summary = "Show the filters of a convolution as images",
     .example = "plot filters layer=conv1",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_PLOT_ACTIVATIONS,
     .verb = "plot",
     .subject = "activations",
     TABLE_PARAMETERS(activations_parameters),
     .summary = "Show the output of a layer for one image, channel by channel",
     .example = "plot activations 12 layer=conv1",
     .traits = COMMAND_NAMED},
};

const struct family table_plot = {
    .name = "plot",
    .title = "Plot the training and the network",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
