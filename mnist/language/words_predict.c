/*
 * words_predict - predict: the network's answer for one image.
 */
#include "mnist/language/words.h"

static const struct parameter predict_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .required = true,
     .choices = words_sets,
     .help = "the set that the image is in"},
    {.name = "index",
     .kind = PARAMETER_WHOLE,
     .positional = true,
     .required = true,
     .low = 0,
     .high = WORDS_INDEX_MAX,
     .high_technical = true,
     .help = "which image of the set, counted from 0"},
};

static const struct command commands[] = {
    {.id = COMMAND_PREDICT,
     .verb = "predict",
     WORDS_PARAMETERS(predict_parameters),
     .summary = "Ask the network about one image: its answer, and the probability of every class",
     .example = "predict test 42"},
};

const struct family words_predict = {
    .name = "predict",
    .title = "Use it",
    .commands = commands,
    .count = WORDS_COUNT(commands),
};
