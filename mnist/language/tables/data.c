/*
 * data - load and explore: the data before anything is done to it.
 */
#include "mnist/language/tables/tables.h"

const struct choice words_sets[] = {
    {"train", "the images a network learns from"},
    {"validation", "images kept back from training, to choose settings with"},
    {"test", "images that nothing was chosen by, for the final figure"},
    {NULL, NULL},
};

static const struct choice data_sets[] = {
    {"mnist", "handwritten digits: 60,000 to train, 10,000 to test"},
    {"fashion", "Fashion-MNIST: ten kinds of clothing, of the same size and count"},
    {NULL, NULL},
};

static const struct parameter load_parameters[] = {
    {.name = "from",
     .kind = PARAMETER_PATH,
     .positional = true,
     .folders_only = true,
     .choices = data_sets,
     .fallback = "mnist",
     .names = NAME_DATA,
     .help = "mnist, fashion, or a folder with four IDX files (plain or gzip)"},
};

static const struct parameter samples_parameters[] = {
    {.name = "class",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 9,
     .otherwise = "all ten",
     .help = "only images of this class"},
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 400,
     .fallback = "40",
     .help = "how many images"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "1",
     .help = "another seed draws other images; the same seed, the same"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "train",
     .help = "which images to draw from"},
};

static const struct parameter image_parameters[] = {
    {.name = "index",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 0,
     .high = TABLE_INDEX_MAX,
     .high_technical = true,
     .help = "which image of the set, counted from 0"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = words_sets,
     .fallback = "train",
     .help = "the set that the image is in"},
};

static const struct parameter pca_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 10,
     .high = 60000,
     .fallback = "2000",
     .help = "how many images to project; at most 2,000 of them are drawn as points"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "1",
     .help = "which images are drawn"},
};

static const struct parameter outliers_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 400,
     .fallback = "20",
     .help = "how many of the strangest images to show"},
};

static const struct parameter duplicates_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 200,
     .fallback = "10",
     .help = "how many pairs of equal images to show, at most"},
    {.name = "near",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 100,
     .fallback = "10",
     .help =
         "how many of the nearest unequal pairs of a training and a test image to show; 0 = do not look"},
};

static const struct command commands[] = {
    {.id = COMMAND_LOAD,
     .verb = "load",
     TABLE_PARAMETERS(load_parameters),
     .summary = "Load a data set: its training images, its test images and their labels",
     .details =
         "The files are checked before anything changes: a damaged file is an error that names the place, and "
         "the data that was loaded stays. Loading puts preprocessing and augmentation back to none. Files of "
         "mnist and fashion that are missing are downloaded first, and checked against their SHA-256; the "
         "environment variable MNIST_MIRROR names another mirror.",
     .example = "load mnist",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_EXPLORE,
     .verb = "explore",
     .summary = "Summarise the data: how many images, their size, the classes, the pixels",
     .details =
         "This is the first look. The subjects below go on from here: single images, the balance of the classes, "
         "the pixels, and what is odd in the data.",
     .example = "explore"},
    {.id = COMMAND_EXPLORE_SAMPLES,
     .verb = "explore",
     .subject = "samples",
     TABLE_PARAMETERS(samples_parameters),
     .summary = "Show a grid of images drawn at random, with their labels",
     .example = "explore samples class=7 count=40"},
    {.id = COMMAND_EXPLORE_IMAGE,
     .verb = "explore",
     .subject = "image",
     .subject_alias = "digit",
     TABLE_PARAMETERS(image_parameters),
     .summary = "Show one image large, each pixel with its value from 0 to 255",
     .example = "explore image 42"},
    {.id = COMMAND_EXPLORE_CLASSES,
     .verb = "explore",
     .subject = "classes",
     .summary = "Count the images of each class, in each set",
     .details =
         "Equal bars mean that accuracy is a fair measure; a rare class would need a second look at recall.",
     .example = "explore classes"},
    {.id = COMMAND_EXPLORE_PIXELS,
     .verb = "explore",
     .subject = "pixels",
     .summary = "Show how often each grey value occurs, with the mean and the standard deviation",
     .details =
         "Most pixels are empty paper, whose value is 0. The mean and the standard deviation are over all training "
         "images; `preprocess normalize` uses those of the images that are not held out for validation.",
     .example = "explore pixels"},
    {.id = COMMAND_EXPLORE_MEAN,
     .verb = "explore",
     .subject = "mean",
     .summary = "Show the mean image of each class, and where its images differ most",
     .example = "explore mean"},
    {.id = COMMAND_EXPLORE_PCA,
     .verb = "explore",
     .subject = "pca",
     TABLE_PARAMETERS(pca_parameters),
     .summary = "Show the images as points in the plane of their two principal components",
     .details =
         "Principal component analysis finds the directions in which the images differ most. Classes that lie "
         "apart here are easy to tell; those that overlap need more than two numbers.",
     .example = "explore pca count=2000"},
    {.id = COMMAND_EXPLORE_OUTLIERS,
     .verb = "explore",
     .subject = "outliers",
     TABLE_PARAMETERS(outliers_parameters),
     .summary = "Find the training images that are least like others of their class",
     .details =
         "An image's score is its mean distance to the ten nearest images of the same class. The indices count all "
         "training images in the order of their file; where some are held out for validation, `explore image` counts "
         "only the others.",
     .example = "explore outliers count=20"},
    {.id = COMMAND_EXPLORE_DUPLICATES,
     .verb = "explore",
     .subject = "duplicates",
     TABLE_PARAMETERS(duplicates_parameters),
     .summary = "Find images that occur twice, within a set or in both, and the nearest pairs",
     .details =
         "An image that is in the training set and in the test set would be a question whose answer was given "
         "away.",
     .example = "explore duplicates near=10"},
};

const struct family words_data = {
    .name = "data",
    .title = "Load and explore the data",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
