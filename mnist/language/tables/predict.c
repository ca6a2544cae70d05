/*
 * predict - vocabulary of the family `predict`: the prediction of the network for one image.
 */
#include "mnist/language/tables/tables.h"

static const struct parameter predict_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .required = true,
     .choices = set_choices,
     .help = "the set that contains the image"},
    {.name = "index",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 0,
     .high = TABLE_INDEX_MAX,
     .high_technical = true,
     .help = "index of the image in its set, counted from 0"},
    TABLE_MODEL,
};

static const struct command commands[] = {
    {.id = COMMAND_PREDICT,
     .verb = "predict",
     TABLE_PARAMETERS(predict_parameters),
     .summary = "Classify one image: the predicted class and the probability of every class",
     .details =
         "With model=NAME a saved network classifies the image with the preprocessing of its "
         "training; the session's network and images do not change.",
     .example = "predict test 42",
     .traits = COMMAND_NAMED},
};

const struct family table_predict = {
    .name = "predict",
    .title = "Use the network",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
