/*
 * evaluate - vocabulary of the family `evaluate`: accuracy, confusion, errors and ensembles.
 */
#include "mnist/language/tables/tables.h"

static const struct parameter evaluate_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "test",
     .help = "the images to evaluate on"},
    {.name = "metric",
     .kind = PARAMETER_CHOICE,
     .names = NAME_METRIC,
     .otherwise = "none",
     .help = "an additional metric, registered by a C cell; sets the variable of the same name"},
    TABLE_MODEL,
};

static const struct parameter confusion_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "test",
     .help = "the images to evaluate on"},
    TABLE_MODEL,
};

static const struct parameter errors_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = GRID_IMAGES_MAX,
     .fallback = "25",
     .help = "number of images to show; errors with the highest confidence come first"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "test",
     .help = "the images to evaluate on"},
    TABLE_MODEL,
};

static const struct parameter ensemble_parameters[] = {
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "test",
     .help = "the images to evaluate on"},
    {.name = "networks",
     .kind = PARAMETER_PATH,
     .positional = true,
     .repeats = true,
     .required = true,
     .suffix = ".safetensors",
     .names = NAME_MODEL,
     .help = "two or more names of saved models, or paths of .safetensors files"},
};

static const struct command commands[] = {
    {.id = COMMAND_EVALUATE,
     .verb = "evaluate",
     TABLE_PARAMETERS(evaluate_parameters),
     .summary = "Compute accuracy, and precision, recall and F1 of each class",
     .details =
         "The accuracy is shown with its 95 % confidence interval, since 10,000 images are a "
         "sample. The mean of the classes includes the classes that occur as a label or as a "
         "prediction; 0/0 is shown as - and counts as 0 in the means. "
         "Sets $accuracy, from 0 to 1, and $errors. On MNIST's test set, the results without "
         "fifteen label errors follow the table: fewer than three of five people agree with "
         "these labels (Northcutt, Athalye and Mueller 2021, arXiv 2103.14749). With model=NAME a "
         "saved network is evaluated on images with the preprocessing of its training; the "
         "session's network and images do not change.",
     .example = "evaluate",
     .traits = COMMAND_CHANGES | COMMAND_NAMED},
    {.id = COMMAND_EVALUATE_CONFUSION,
     .verb = "evaluate",
     .subject = "confusion",
     TABLE_PARAMETERS(confusion_parameters),
     .summary = "Show the confusion matrix: counts of predicted class by true class",
     .example = "evaluate confusion",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_EVALUATE_ERRORS,
     .verb = "evaluate",
     .subject = "errors",
     TABLE_PARAMETERS(errors_parameters),
     .summary = "Show misclassified images with index, true class, predicted class and probability",
     .example = "evaluate errors count=25",
     .traits = COMMAND_NAMED},
    {.id = COMMAND_EVALUATE_ENSEMBLE,
     .verb = "evaluate",
     .subject = "ensemble",
     TABLE_PARAMETERS(ensemble_parameters),
     .summary = "Evaluate several saved networks as an ensemble, by their mean probabilities",
     .details =
         "Each network receives the images with the preprocessing of its own training, independent "
         "of the current `preprocess` settings. The session's data and network do not change. The "
         "output shows the accuracy of the ensemble and of each network, and the mean and standard "
         "deviation (sd) of the latter. Sets $accuracy, from 0 to 1, and $errors to the results of "
         "the ensemble.",
     .example = "evaluate ensemble mine fast",
     .traits = COMMAND_CHANGES},
};

const struct family table_evaluate = {
    .name = "evaluate",
    .title = "Evaluate the network",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
