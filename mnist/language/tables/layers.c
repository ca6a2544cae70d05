/*
 * layers - the layers that stand in a model's block.
 *
 * They are commands of a context of their own (COMMAND_LAYER): checked, completed and explained like all others.
 */
#include "mnist/language/tables/tables.h"

static const struct choice pads[] = {
    {"same", "as many zeros as keep height and width (with stride 1)"},
    {NULL, NULL},
};

static const struct choice pools[] = {
    {"max", "the largest value of each channel"},
    {"avg", "the mean of each channel"},
    {NULL, NULL},
};

static const struct parameter conv_parameters[] = {
    {.name = "filters",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 1,
     .high = 4096,
     .help = "how many patterns the layer looks for: its output channels"},
    {.name = "size",
     .kind = PARAMETER_SIZE,
     .positional = true,
     .low = 1,
     .high = 63,
     .fallback = "3x3",
     .help = "the kernel's height x width, the same odd number"},
    {.name = "stride",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 63,
     .fallback = "1",
     .help = "pixels from one place of the kernel to the next"},
    {.name = "pad",
     .kind = PARAMETER_CHOICE,
     .wholes = true,
     .low = 0,
     .high = 31,
     .choices = pads,
     .fallback = "0",
     .help = "zeros added on each side"},
};

static const struct parameter maxpool_parameters[] = {
    {.name = "size",
     .kind = PARAMETER_SIZE,
     .positional = true,
     .low = 1,
     .high = 63,
     .fallback = "2",
     .help = "the window's height x width, the same number"},
    {.name = "stride",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 63,
     .otherwise = "the window's size",
     .help = "pixels from one window to the next"},
    {.name = "pad",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 31,
     .fallback = "0",
     .help =
         "rows and columns added on each side, which are never the largest; at most half the window"},
};

static const struct parameter avgpool_parameters[] = {
    {.name = "size",
     .kind = PARAMETER_SIZE,
     .positional = true,
     .low = 1,
     .high = 63,
     .fallback = "2",
     .help = "the window's height x width, the same number"},
    {.name = "stride",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 63,
     .otherwise = "the window's size",
     .help = "pixels from one window to the next"},
    {.name = "pad",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 31,
     .fallback = "0",
     .help = "zeros added on each side, which count in the mean; at most half the window"},
};

static const struct parameter globalpool_parameters[] = {
    {.name = "kind",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .choices = pools,
     .fallback = "avg",
     .help = "what is kept of each channel"},
};

static const struct parameter dense_parameters[] = {
    {.name = "units",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 1,
     .high = 4096,
     .help = "how many outputs; the last layer has one for each class: 10"},
};

static const struct parameter dropout_parameters[] = {
    {.name = "share",
     .kind = PARAMETER_NUMBER,
     .positional = true,
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0.5",
     .help = "the share of the values that is set to 0"},
};

static const struct command commands[] = {
    {.id = COMMAND_CONV,
     .verb = "conv",
     TABLE_PARAMETERS(conv_parameters),
     .summary = "Convolution: slide small filters over the picture and see where each one fits",
     .details = "Output side = (input side + 2 pad - kernel) / stride + 1, rounded down.",
     .example = "model mine:\n    conv 32 5x5 pad=same\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_MAXPOOL,
     .verb = "maxpool",
     TABLE_PARAMETERS(maxpool_parameters),
     .summary = "Max-pooling: keep the largest value of each window",
     .example = "model mine:\n    conv 16 5x5\n    relu\n    maxpool 2\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_AVGPOOL,
     .verb = "avgpool",
     TABLE_PARAMETERS(avgpool_parameters),
     .summary = "Average pooling: keep the mean of each window",
     .example = "model mine:\n    conv 6 5x5\n    relu\n    avgpool 2\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_GLOBALPOOL,
     .verb = "globalpool",
     TABLE_PARAMETERS(globalpool_parameters),
     .summary = "Global pooling: one number for each channel, wherever in the picture it was",
     .example = "model mine:\n    conv 64 3x3\n    relu\n    globalpool max\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_DENSE,
     .verb = "dense",
     TABLE_PARAMETERS(dense_parameters),
     .summary = "Fully connected layer: every output is a weighted sum of all inputs",
     .example = "model mine:\n    dense 128\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_BATCHNORM,
     .verb = "batchnorm",
     .summary = "Batch normalisation: bring each channel to mean 0 and variance 1, then rescale it",
     .details =
         "While training, by the figures of the batch; afterwards, by their running means. It lets a network "
         "learn at higher rates.",
     .example = "model mine:\n    conv 32 3x3\n    batchnorm\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_RELU,
     .verb = "relu",
     .summary = "Rectifier: negative values become 0, the others stay",
     .example = "model mine:\n    dense 100\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_DROPOUT,
     .verb = "dropout",
     TABLE_PARAMETERS(dropout_parameters),
     .summary =
         "Dropout: set some values to 0 at random while training, so that none is relied on alone",
     .example = "model mine:\n    dense 128\n    relu\n    dropout 0.3\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_FLATTEN,
     .verb = "flatten",
     .summary = "Lay channels and pixels in one row, as dense wants them (dense does so by itself)",
     .example = "model mine:\n    conv 8 3x3\n    relu\n    flatten\n    dense 10",
     .traits = COMMAND_LAYER},
};

const struct family words_layers = {
    .name = "layers",
    .title = "Layers, in the block of a model",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
