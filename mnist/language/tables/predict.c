/*
 * predict - predict: the network's answer for one image.
 */
#include "mnist/language/tables/tables.h"

static const struct parameter predict_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .required = true,
     .choices = words_sets,
     .help = "the set that the image is in"},
    {.name = "index",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 0,
     .high = TABLE_INDEX_MAX,
     .high_technical = true,
     .help = "which image of the set, counted from 0"},
    TABLE_MODEL,
};

static const struct command commands[] = {
    {.id = COMMAND_PREDICT,
     .verb = "predict",
     TABLE_PARAMETERS(predict_parameters),
     .summary = "Ask the network about one image: its answer, and the probability of every class",
     .details =
         "With model=NAME a saved network is asked, and the image prepared as it was trained; the session's own "
         "network and images stay as they are.",
     .example = "predict test 42",
     .traits = COMMAND_NAMED},
};

const struct family words_predict = {
    .name = "predict",
    .title = "Use it",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
