/*
 * model - model: choose, build, look at, save and load a network.
 */
#include "mnist/language/tables/tables.h"

const struct choice words_recipes[] = {
    {"lenet", "LeNet-5 of 1998, with today's relu and max-pooling"},
    {"fast", "small: a good accuracy within seconds"},
    {"keras",
     "the network of the Keras introduction: two convolutions, two pools, one dense layer"},
    {"best", "the most accurate; takes the most time"},
    {NULL, NULL},
};

static const struct parameter model_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .choices = words_recipes,
     .names = NAME_MODEL,
     .help =
         "a built-in network (lenet, fast, keras, best), or a name of your own for the layers below"},
};

static const struct parameter save_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .names = NAME_MODEL,
     .help =
         "saved as NAME.safetensors in the folder models; an older one of that name is replaced"},
};

static const struct parameter load_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_PATH,
     .positional = true,
     .required = true,
     .suffix = ".safetensors",
     .names = NAME_MODEL,
     .help = "a saved model's name, or the path of a .safetensors file"},
};

static const struct command commands[] = {
    {.id = COMMAND_MODEL,
     .verb = "model",
     TABLE_PARAMETERS(model_parameters),
     .summary = "Choose a network, or build one from the layers in the block below",
     .details =
         "A line that ends in `:` opens the block; each indented line is a layer, from the image to the ten "
         "logits. The softmax is part of the loss and is not written. A layer whose shape does not fit is an "
         "error at its line. A new network begins untrained.",
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
     .summary = "Show the network layer by layer: shapes, parameters, multiply-adds",
     .example = "model summary"},
    {.id = COMMAND_MODEL_SAVE,
     .verb = "model",
     .subject = "save",
     TABLE_PARAMETERS(save_parameters),
     .summary = "Save the network with its weights, recipe, seed and figures",
     .details = "The file is a safetensors file: Python, Rust and JavaScript read it as it is.",
     .example = "model save mine"},
    {.id = COMMAND_MODEL_LOAD,
     .verb = "model",
     .subject = "load",
     TABLE_PARAMETERS(load_parameters),
     .summary = "Load a saved network, ready to evaluate, to predict and to train on",
     .details =
         "The preprocessing it was trained with comes with it. A damaged or foreign file is refused with the "
         "reason, and the present network stays. `train` keeps what it has learnt after each epoch, in "
         "data/checkpoints: that is found, too, where no network is saved under the name, and `train resume` "
         "goes on with it.",
     .example = "model load mine",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_MODEL_LIST,
     .verb = "model",
     .subject = "list",
     .summary =
         "List the saved networks: the commands that trained them, their data, their test accuracy",
     .example = "model list"},
};

const struct family words_model = {
    .name = "model",
    .title = "Build a network",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
