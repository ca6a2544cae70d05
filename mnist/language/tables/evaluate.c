/*
 * evaluate - evaluate: how good the trained network is, and where it errs.
 */
#include "mnist/language/tables/tables.h"

static const struct parameter evaluate_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "test",
     .help = "the images to judge by"},
    {.name = "metric",
     .kind = PARAMETER_CHOICE,
     .names = NAME_METRIC,
     .otherwise = "none",
     .help = "one more figure, registered by a cell of C; sets a variable of its name"},
    TABLE_MODEL,
};

static const struct parameter confusion_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "test",
     .help = "the images to judge by"},
    TABLE_MODEL,
};

static const struct parameter errors_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 400,
     .fallback = "25",
     .help = "how many images to show, the surest errors first"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "test",
     .help = "the images to judge by"},
    TABLE_MODEL,
};

static const struct parameter ensemble_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "test",
     .help = "the images to judge by"},
    {.name = "networks",
     .kind = PARAMETER_PATH,
     .positional = true,
     .repeats = true,
     .required = true,
     .suffix = ".safetensors",
     .names = NAME_MODEL,
     .help = "two or more: saved models' names, or paths of .safetensors files"},
};

static const struct command commands[] = {
    {.id = COMMAND_EVALUATE,
     .verb = "evaluate",
     TABLE_PARAMETERS(evaluate_parameters),
     .summary = "Measure accuracy, and precision, recall and F1 of each class",
     .details =
         "With the interval in which the true accuracy lies with 95 % confidence: 10,000 images are a sample too. "
         "The mean of the classes is over those that occur, as a label or as an answer; 0/0 is shown as -, and counts as 0 "
         "in the means. "
         "Sets $accuracy, from 0 to 1, and $errors. Below the table, on MNIST's test set, the same without fifteen "
         "doubtful labels: fewer than three of five people agree with them (Northcutt, Athalye and Mueller 2021, "
         "arXiv 2103.14749). With model=NAME a saved network is measured, on images prepared as it was trained; the "
         "session's own network and images stay as they are.",
     .example = "evaluate",
     .traits = COMMAND_CHANGES | COMMAND_NAMED},
    {.id = COMMAND_EVALUATE_CONFUSION,
     .verb = "evaluate",
     .subject = "confusion",
     TABLE_PARAMETERS(confusion_parameters),
     .summary = "Show which class is taken for which, as a table of counts",
     .example = "evaluate confusion",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_EVALUATE_ERRORS,
     .verb = "evaluate",
     .subject = "errors",
     TABLE_PARAMETERS(errors_parameters),
     .summary =
         "Show the images that the network gets wrong: index, true class, answer, probability",
     .example = "evaluate errors count=25",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_EVALUATE_ENSEMBLE,
     .verb = "evaluate",
     .subject = "ensemble",
     TABLE_PARAMETERS(ensemble_parameters),
     .summary = "Judge several saved networks as one: the mean of their probabilities decides",
     .details =
         "Each network is given the images as it was trained on them, whatever `preprocess` says now; data and "
         "network of the session stay as they are. Beside the ensemble's accuracy stand each network's own, their "
         "mean and its standard deviation (sd). Sets $accuracy, from 0 to 1, and $errors to the ensemble's.",
     .example = "evaluate ensemble mine fast",
     .traits = COMMAND_CHANGES},
};

const struct family words_evaluate = {
    .name = "evaluate",
    .title = "Judge it",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
