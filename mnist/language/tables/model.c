/*
 * model - vocabulary of the family `model`: choose, build, show, save and load a network.
 */
#include "mnist/language/tables/tables.h"

const struct choice network_choices[] = {
    {"lenet", "LeNet-5 (1998) with relu and max pooling"},
    {"fast", "small network: good accuracy within seconds"},
    {"keras", "network of the Keras introduction: 2 convolutions, 2 pools, 1 dense layer"},
    {"best", "the most accurate built-in network; takes the longest to train"},
    {NULL, NULL},
};

static const struct parameter model_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .choices = network_choices,
     .names = NAME_MODEL,
     .help = "a built-in network (lenet, fast, keras, best), or a new name for the layers in the "
             "block"},
};

static const struct parameter save_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .names = NAME_MODEL,
     .help = "name of the file models/NAME.safetensors; an existing file is replaced"},
};

static const struct parameter load_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_PATH,
     .positional = true,
     .required = true,
     .suffix = ".safetensors",
     .names = NAME_MODEL,
     .help = "name of a saved model, or path of a .safetensors file"},
};

static const struct command commands[] = {
    {.id = COMMAND_MODEL,
     .verb = "model",
     TABLE_PARAMETERS(model_parameters),
     .summary = "Choose a network, or build one from a block of layers",
     .details =
         "A `:` at the end of the line opens the block. Each indented line is one layer, from the "
         "image to the ten logits. The softmax is part of the loss and is not listed. If the shape "
         "of a layer does not fit, the error points at its line. A new network is untrained.",
     .example = "model mine:\n"
                "    conv 32 5x5\n"
                "    batchnorm\n"
                "    relu\n"
                "    maxpool 2\n"
                "    dense 10",
     .traits = COMMAND_CHANGES | COMMAND_BLOCK},
    {.id = COMMAND_MODEL_SUMMARY,
     .verb = "model",
     .subject = "summary",
     .summary = "Show shape, parameters and multiply-adds of each layer of the network",
     .example = "model summary"},
    {.id = COMMAND_MODEL_SAVE,
     .verb = "model",
     .subject = "save",
     TABLE_PARAMETERS(save_parameters),
     .summary = "Save the network with its weights, training commands, seed and results",
     .details =
         "The file has the safetensors format, for which libraries exist in Python, Rust and "
         "JavaScript.",
     .example = "model save mine"},
    {.id = COMMAND_MODEL_LOAD,
     .verb = "model",
     .subject = "load",
     TABLE_PARAMETERS(load_parameters),
     .summary = "Load a saved network to evaluate it, to predict with it, or to train it further",
     .details =
         "The file contains the preprocessing that the network was trained with. If the file is "
         "damaged or has another format, the error gives the reason and the current network stays. "
         "`train` writes a checkpoint to data/checkpoints after each epoch. If no network is saved "
         "under the name, its checkpoint is loaded, and `train resume` continues the training.",
     .example = "model load mine",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_MODEL_LIST,
     .verb = "model",
     .subject = "list",
     .summary = "List the saved networks with their training commands, data and test accuracy",
     .example = "model list"},
};

const struct family table_model = {
    .name = "model",
    .title = "Build a network",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
