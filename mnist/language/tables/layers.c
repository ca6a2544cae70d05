/*
 * layers - vocabulary of the layers in the block of `model NAME:`.
 *
 * A layer is a command with the trait COMMAND_LAYER: it is checked, completed and explained like
 * any other command, but is valid only inside a block.
 */
#include "mnist/language/tables/tables.h"

static const struct choice pads[] = {
    {"same", "as many zeros as preserve rows and columns (at stride 1)"},
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
     .high = LAYER_OUT_MAX,
     .help = "number of filters, which is the number of output channels"},
    {.name = "size",
     .kind = PARAMETER_SIZE,
     .positional = true,
     .low = 1,
     .high = LAYER_KERNEL_MAX,
     .fallback = "3x3",
     .help = "rows x columns of the filter; both the same odd number"},
    {.name = "stride",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = LAYER_KERNEL_MAX,
     .fallback = "1",
     .help = "step of the filter, in pixels"},
    {.name = "pad",
     .kind = PARAMETER_CHOICE,
     .also_integer = true,
     .low = 0,
     .high = LAYER_KERNEL_MAX / 2,
     .choices = pads,
     .fallback = "0",
     .help = "number of zeros added on each side"},
};

static const struct parameter maxpool_parameters[] = {
    {.name = "size",
     .kind = PARAMETER_SIZE,
     .positional = true,
     .low = 1,
     .high = LAYER_KERNEL_MAX,
     .fallback = "2",
     .help = "rows x columns of the window; both the same number"},
    {.name = "stride",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = LAYER_KERNEL_MAX,
     .otherwise = "the size of the window",
     .help = "step of the window, in pixels"},
    {.name = "pad",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = LAYER_KERNEL_MAX / 2,
     .fallback = "0",
     .help = "rows and columns added on each side, with value -infinity; at most half the window"},
};

static const struct parameter avgpool_parameters[] = {
    {.name = "size",
     .kind = PARAMETER_SIZE,
     .positional = true,
     .low = 1,
     .high = LAYER_KERNEL_MAX,
     .fallback = "2",
     .help = "rows x columns of the window; both the same number"},
    {.name = "stride",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = LAYER_KERNEL_MAX,
     .otherwise = "the size of the window",
     .help = "step of the window, in pixels"},
    {.name = "pad",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = LAYER_KERNEL_MAX / 2,
     .fallback = "0",
     .help = "number of zeros added on each side, included in the mean; at most half the window"},
};

static const struct parameter globalpool_parameters[] = {
    {.name = "kind",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .choices = pools,
     .fallback = "avg",
     .help = "the statistic of each channel to keep"},
};

static const struct parameter dense_parameters[] = {
    {.name = "units",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 1,
     .high = LAYER_OUT_MAX,
     .help = "number of outputs; the last layer has one output per class: 10"},
};

static const struct parameter dropout_parameters[] = {
    {.name = "share",
     .kind = PARAMETER_NUMBER,
     .positional = true,
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0.5",
     .help = "fraction of the values that is set to 0"},
};

static const struct parameter groupnorm_parameters[] = {
    {.name = "groups",
     .kind = PARAMETER_INTEGER,
     .positional = true,
     .required = true,
     .low = 1,
     .high = LAYER_OUT_MAX,
     .help = "number of groups; it must divide the number of channels"},
};

static const struct parameter leakyrelu_parameters[] = {
    {.name = "slope",
     .kind = PARAMETER_NUMBER,
     .positional = true,
     .low = 0,
     .high = 1,
     .fallback = "0.01",
     .help = "factor of negative values"},
};

static const struct parameter elu_parameters[] = {
    {.name = "alpha",
     .kind = PARAMETER_NUMBER,
     .positional = true,
     .low = 0,
     .high = 100,
     .fallback = "1",
     .help = "the function approaches -alpha for large negative values"},
};

static const struct parameter add_parameters[] = {
    {.name = "layer",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .earlier_layers = true,
     .help = "an earlier layer: its type and its number within the type, such as conv1 or relu2"},
};

static const struct command commands[] = {
    {.id = COMMAND_CONV,
     .verb = "conv",
     .elsewhere = "conv2d convolution convolution2d",
     TABLE_PARAMETERS(conv_parameters),
     .summary = "Convolution: apply small filters at every position of the image",
     .details = "Output side = (input side + 2 pad - filter side) / stride + 1, rounded down.",
     .example = "model mine:\n    conv 32 5x5 pad=same\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_MAXPOOL,
     .verb = "maxpool",
     .elsewhere = "maxpooling maxpooling2d maxpool2d",
     TABLE_PARAMETERS(maxpool_parameters),
     .summary = "Max pooling: keep the largest value of each window",
     .example = "model mine:\n    conv 16 5x5\n    relu\n    maxpool 2\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_AVGPOOL,
     .verb = "avgpool",
     .elsewhere = "averagepooling averagepooling2d avgpool2d",
     TABLE_PARAMETERS(avgpool_parameters),
     .summary = "Average pooling: keep the mean of each window",
     .example = "model mine:\n    conv 6 5x5\n    relu\n    avgpool 2\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_GLOBALPOOL,
     .verb = "globalpool",
     .elsewhere = "globalaveragepooling globalaveragepooling2d globalmaxpooling globalmaxpooling2d",
     TABLE_PARAMETERS(globalpool_parameters),
     .summary = "Global pooling: reduce each channel to one number",
     .example = "model mine:\n    conv 64 3x3\n    relu\n    globalpool max\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_DENSE,
     .verb = "dense",
     .elsewhere = "linear fullyconnected",
     TABLE_PARAMETERS(dense_parameters),
     .summary = "Fully connected layer: each output is a weighted sum of all inputs",
     .example = "model mine:\n    dense 128\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_BATCHNORM,
     .verb = "batchnorm",
     .elsewhere = "batchnormalization batchnorm2d",
     .summary = "Batch normalisation: scale each channel to mean 0 and variance 1, then rescale it",
     .details = "Training uses the mean and variance of the batch; evaluation uses their running "
                "averages. It allows higher learning rates.",
     .example = "model mine:\n    conv 32 3x3\n    batchnorm\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_LAYERNORM,
     .verb = "layernorm",
     .elsewhere = "layernormalization",
     .summary = "Layer normalisation: scale all values of an image to mean 0 and variance 1, then "
                "rescale each",
     .details = "It has a scale and a shift for each value, does not depend on the batch, and is "
                "the same in training and evaluation.",
     .example = "model mine:\n    dense 100\n    layernorm\n    gelu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_GROUPNORM,
     .verb = "groupnorm",
     .elsewhere = "groupnormalization",
     TABLE_PARAMETERS(groupnorm_parameters),
     .summary = "Group normalisation: scale each group of channels of an image to mean 0 and "
                "variance 1",
     .details = "It has a scale and a shift for each channel, does not depend on the batch, and is "
                "the same in training and evaluation.",
     .example = "model mine:\n    conv 32 3x3\n    groupnorm 4\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_RELU,
     .verb = "relu",
     .summary = "Rectified linear unit: set negative values to 0",
     .example = "model mine:\n    dense 100\n    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_LEAKYRELU,
     .verb = "leakyrelu",
     TABLE_PARAMETERS(leakyrelu_parameters),
     .summary = "Leaky rectified linear unit: multiply negative values by a small slope",
     .example = "model mine:\n    dense 100\n    leakyrelu 0.1\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_ELU,
     .verb = "elu",
     TABLE_PARAMETERS(elu_parameters),
     .summary = "Exponential linear unit: replace negative values x by alpha (exp(x) - 1)",
     .example = "model mine:\n    dense 100\n    elu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_GELU,
     .verb = "gelu",
     .summary =
         "Gaussian error linear unit: multiply x by the probability of a smaller normal value",
     .details =
         "x (1 + erf(x / sqrt 2)) / 2, the exact form. It is smooth where relu has a corner.",
     .example = "model mine:\n    dense 100\n    gelu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_SILU,
     .verb = "silu",
     .elsewhere = "swish",
     .summary = "Sigmoid linear unit, also called swish: multiply x by sigmoid(x)",
     .example = "model mine:\n    dense 100\n    silu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_SIGMOID,
     .verb = "sigmoid",
     .summary = "Logistic sigmoid: 1 / (1 + exp(-x)), between 0 and 1",
     .example = "model mine:\n    dense 100\n    sigmoid\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_TANH,
     .verb = "tanh",
     .summary = "Hyperbolic tangent, between -1 and 1",
     .example = "model mine:\n    dense 100\n    tanh\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_ADD,
     .verb = "add",
     .elsewhere = "residual skip shortcut",
     TABLE_PARAMETERS(add_parameters),
     .summary = "Residual connection: add the output of an earlier layer of the same shape",
     .details = "The layers between the two learn a correction of the earlier output, which allows "
                "deeper networks. Convolutions between them keep the shape with pad=same and an "
                "unchanged number of filters.",
     .example = "model mine:\n    conv 16 3x3\n    relu\n    conv 16 3x3 pad=same\n    add relu1\n"
                "    relu\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_DROPOUT,
     .verb = "dropout",
     TABLE_PARAMETERS(dropout_parameters),
     .summary = "Dropout: set random values to 0 during training, to reduce overfitting",
     .example = "model mine:\n    dense 128\n    relu\n    dropout 0.3\n    dense 10",
     .traits = COMMAND_LAYER},
    {.id = COMMAND_FLATTEN,
     .verb = "flatten",
     .summary = "Flatten channels and pixels into a vector (dense does this automatically)",
     .example = "model mine:\n    conv 8 3x3\n    relu\n    flatten\n    dense 10",
     .traits = COMMAND_LAYER},
};

const struct family table_layers = {
    .name = "layers",
    .title = "Layers in the block of a model",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
