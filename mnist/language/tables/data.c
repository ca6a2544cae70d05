/*
 * data - vocabulary of the family `data`: load, explore and its subjects.
 */
#include "mnist/language/tables/tables.h"

const struct choice set_choices[] = {
    {"train", "the images that the network is trained on"},
    {"validation", "images held out from training, for choosing settings"},
    {"test", "images for the final result only, never used to choose settings"},
    {NULL, NULL},
};

static const struct choice data_sets[] = {
    {"mnist", "handwritten digits: 60,000 training images, 10,000 test images"},
    {"fashion", "Fashion-MNIST: ten kinds of clothing, same size and number of images"},
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
     .otherwise = "all ten classes",
     .help = "show only images of this class"},
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = GRID_IMAGES_MAX,
     .fallback = "40",
     .help = "number of images"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "1",
     .help = "seed of the random selection; the same seed selects the same images"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "train",
     .help = "the set to select images from"},
};

static const struct parameter image_parameters[] = {
    {.name = "index",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 0,
     .high = TABLE_INDEX_MAX,
     .high_technical = true,
     .help = "index of the image in its set, counted from 0"},
    {.name = "set",
     .kind = PARAMETER_CHOICE,
     .choices = set_choices,
     .fallback = "train",
     .help = "the set that contains the image"},
};

static const struct parameter pca_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 10,
     .high = 60000,
     .fallback = "2000",
     .help = "number of images to project; at most 2,000 of them are drawn as points"},
    {.name = "seed",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = TABLE_SEED_MAX,
     .high_technical = true,
     .fallback = "1",
     .help = "seed of the random selection of images"},
};

static const struct parameter outliers_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = GRID_IMAGES_MAX,
     .fallback = "20",
     .help = "number of outliers to show"},
};

static const struct parameter duplicates_parameters[] = {
    {.name = "count",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = GRID_IMAGES_MAX / 2,
     .fallback = "10",
     .help = "maximum number of pairs of identical images to show"},
    {.name = "near",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 100,
     .fallback = "10",
     .help = "number of nearest non-identical pairs of a training and a test image to show; 0 = no "
             "search"},
};

static const struct command commands[] = {
    {.id = COMMAND_LOAD,
     .verb = "load",
     TABLE_PARAMETERS(load_parameters),
     .summary = "Load a data set: its training images, its test images and their labels",
     .details =
         "The files are validated before they replace the loaded data. A damaged file is an error "
         "that gives the byte position of the damage, and the loaded data stays unchanged. Loading "
         "resets preprocessing and augmentation. Missing files of mnist and fashion are downloaded "
         "and verified against their SHA-256. The environment variable MNIST_MIRROR selects "
         "another mirror.",
     .example = "load mnist",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_EXPLORE,
     .verb = "explore",
     .summary = "Summarise the data: number of images, image size, classes, pixel statistics",
     .details =
         "The subjects below show details: single images, the class balance, the pixel values, "
         "outliers and duplicates.",
     .example = "explore"},
    {.id = COMMAND_EXPLORE_SAMPLES,
     .verb = "explore",
     .subject = "samples",
     TABLE_PARAMETERS(samples_parameters),
     .summary = "Show a grid of randomly selected images with their labels",
     .example = "explore samples class=7 count=40"},
    {.id = COMMAND_EXPLORE_IMAGE,
     .verb = "explore",
     .subject = "image",
     .subject_alias = "digit",
     TABLE_PARAMETERS(image_parameters),
     .summary = "Show one image enlarged, with the value of each pixel (0 to 255)",
     .example = "explore image 42"},
    {.id = COMMAND_EXPLORE_CLASSES,
     .verb = "explore",
     .subject = "classes",
     .summary = "Count the images of each class in each set",
     .details = "If all classes have about the same number of images, accuracy is a fair measure. "
                "If a class is rare, check its recall as well.",
     .example = "explore classes"},
    {.id = COMMAND_EXPLORE_PIXELS,
     .verb = "explore",
     .subject = "pixels",
     .summary = "Show the histogram of grey values, their mean and standard deviation",
     .details = "Most pixels are background, with value 0. The mean and the standard deviation are "
                "computed over all training images. `preprocess normalize` leaves out the images "
                "that are held out for validation.",
     .example = "explore pixels"},
    {.id = COMMAND_EXPLORE_MEAN,
     .verb = "explore",
     .subject = "mean",
     .summary = "Show the mean image of each class and the variance of its pixels",
     .example = "explore mean"},
    {.id = COMMAND_EXPLORE_PCA,
     .verb = "explore",
     .subject = "pca",
     TABLE_PARAMETERS(pca_parameters),
     .summary = "Plot the images as points in the plane of their first two principal components",
     .details =
         "Principal component analysis finds the directions of largest variance. Classes that form "
         "separate groups in this plane are easy to distinguish. Classes that overlap need more "
         "than two components.",
     .example = "explore pca count=2000"},
    {.id = COMMAND_EXPLORE_OUTLIERS,
     .verb = "explore",
     .subject = "outliers",
     TABLE_PARAMETERS(outliers_parameters),
     .summary = "Find the training images that are least similar to others of their class",
     .details =
         "The score of an image is its mean distance to the ten nearest images of the same class. "
         "Indices count all training images in file order. `explore image` counts only the images "
         "that are not held out for validation.",
     .example = "explore outliers count=20"},
    {.id = COMMAND_EXPLORE_DUPLICATES,
     .verb = "explore",
     .subject = "duplicates",
     TABLE_PARAMETERS(duplicates_parameters),
     .summary = "Find duplicate images within and between the sets, and the nearest pairs",
     .details = "A test image that also occurs in the training set makes the test accuracy too "
                "optimistic.",
     .example = "explore duplicates near=10"},
};

const struct family table_data = {
    .name = "data",
    .title = "Load and explore the data",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
