/*
 * session - vocabulary of the family `session`: info, set, print, bench, help, %%c and the others.
 */
#include "mnist/language/tables/tables.h"

static const struct choice formats[] = {
    {"svg", "vector image, sharp at every size"},
    {"png", "bitmap, at twice the displayed size for high-resolution screens"},
    {"both", "both formats; the front end shows the one that it supports"},
    {NULL, NULL},
};

static const struct choice engines[] = {
    {"native", "the built-in engine: fastest, with identical bits on every machine"},
    {"openblas", "convolutions as matrix products with OpenBLAS: the reference"},
    {NULL, NULL},
};

static const struct choice isas[] = {
    {"auto", "the best instruction set that this processor supports"},
    {"avx512", "AVX-512 (x86-64)"},
    {"avx2", "AVX2 and FMA (x86-64)"},
    {"neon", "NEON (ARM)"},
    {"plain", "plain C without vector instructions; slow"},
    {NULL, NULL},
};

static const struct parameter set_parameters[] = {
    {.name = "threads",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = THREAD_POOL_THREADS_MAX,
     .otherwise = "unchanged; initially one per core",
     .help = "number of threads that compute"},
    {.name = "plot.format",
     .kind = PARAMETER_CHOICE,
     .choices = formats,
     .otherwise = "unchanged; initially both",
     .help = "image format of plots"},
    {.name = "plot.folder",
     .kind = PARAMETER_PATH,
     .folders_only = true,
     .otherwise = "unchanged; initially none in a notebook, plots in a shell",
     .help = "folder to which each plot is also written"},
    {.name = "engine",
     .kind = PARAMETER_CHOICE,
     .choices = engines,
     .otherwise = "unchanged; initially native",
     .help = "the implementation that computes the layers"},
    {.name = "isa",
     .kind = PARAMETER_CHOICE,
     .choices = isas,
     .otherwise = "auto if engine is given, else unchanged",
     .help = "instruction set of engine=native; all give identical bits"},
    {.name = "c.compiler",
     .kind = PARAMETER_PATH,
     .otherwise = "unchanged; initially cc",
     .help = "compiler of C cells: cc, gcc, clang, or a path"},
    {.name = "c.memory",
     .kind = PARAMETER_STRING,
     .otherwise = "unchanged; initially all memory of the machine",
     .help = "maximum memory of a C cell, e.g. 512M or 4G"},
    {.name = "c.time",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 86400,
     .otherwise = "unchanged; initially 0 (no limit)",
     .help = "maximum run time of a C cell in seconds"},
};

static const struct parameter print_parameters[] = {
    {.name = "values",
     .kind = PARAMETER_VALUE,
     .positional = true,
     .repeats = true,
     .otherwise = "an empty line",
     .help = "strings, $variables and expressions (in parentheses if they contain spaces), printed "
             "on one line"},
};

static const struct parameter warn_parameters[] = {
    {.name = "values",
     .kind = PARAMETER_VALUE,
     .positional = true,
     .repeats = true,
     .required = true,
     .help = "the text of the warning, as for print"},
};

static const struct parameter ask_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .names = NAME_VARIABLE,
     .help = "the variable that receives the answer"},
    {.name = "prompt",
     .kind = PARAMETER_STRING,
     .positional = true,
     .otherwise = "the name of the variable",
     .help = "the prompt to show"},
    {.name = "secret",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "the input is shown",
     .help = "hide the input, as for a password"},
};

static const struct parameter clear_parameters[] = {
    {.name = "wait",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "clear immediately",
     .help = "clear when the next output arrives, which avoids flicker"},
};

static const struct choice bench_jobs[] = {
    {"train", "training steps: forward pass, backward pass and weight update (adam)"},
    {"infer", "classification of batches of images"},
    {"single", "classification of one image at a time: median and 99th percentile"},
    {"augment", "augmentation as set, or rotate=15 shift=3 scale=0.15 shear=10"},
    {"load", "loading MNIST; files with a verified SHA-256 are not hashed again"},
    {"layers", "each layer in training: forward and both gradients, on one thread"},
    {NULL, NULL},
};

static const struct choice bench_formats[] = {
    {"table", "a table"},
    {"json", "one JSON object on one line, for programs"},
    {NULL, NULL},
};

static const struct parameter bench_parameters[] = {
    {.name = "what",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .choices = bench_jobs,
     .fallback = "train",
     .help = "the operation to measure"},
    {.name = "model",
     .kind = PARAMETER_NAME,
     .choices = network_choices,
     .names = NAME_MODEL,
     .fallback = "keras",
     .help = "a built-in network, or a network defined in this session"},
    {.name = "batch",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = TRAINER_BATCH_MAX,
     .otherwise = "128 (train, layers), 1024 (infer)",
     .help = "number of images per batch"},
    {.name = "seconds",
     .kind = PARAMETER_NUMBER,
     .low = 0.01,
     .high = 600,
     .fallback = "2",
     .help = "total measuring time in seconds, divided among the rounds"},
    {.name = "format",
     .kind = PARAMETER_CHOICE,
     .choices = bench_formats,
     .fallback = "table",
     .help = "output format"},
};

static const struct parameter help_parameters[] = {
    {.name = "topic",
     .kind = PARAMETER_STRING,
     .positional = true,
     .repeats = true,
     .otherwise = "the list of all commands",
     .names = NAME_TOPIC,
     .help = "a command (with or without its subject) or a layer"},
};

static const struct choice standards[] = {
    {"gnu17", "C17 with GNU extensions"},
    {"c17", "C17"},
    {"gnu11", "C11 with GNU extensions"},
    {"c11", "C11"},
    {"c99", "C99"},
    {NULL, NULL},
};

static const struct parameter c_parameters[] = {
    {.name = "check",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "the cell runs without sanitizers",
     .help = "detect memory errors and undefined behaviour, in a copy of the session"},
    {.name = "time",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "the cell runs once",
     .help = "run the cell repeatedly and print its run time"},
    {.name = "std",
     .kind = PARAMETER_CHOICE,
     .choices = standards,
     .fallback = "gnu17",
     .help = "the C standard"},
    {.name = "link",
     .kind = PARAMETER_STRING,
     .otherwise = "the C library and libm",
     .help = "libraries to link, separated by commas"},
    {.name = "flags",
     .kind = PARAMETER_STRING,
     .otherwise = "-O2 -Wall",
     .help = "additional compiler flags, in quotes"},
};

static const struct command commands[] = {
    {.id = COMMAND_INFO,
     .verb = "info",
     .summary = "Show the current data, preprocessing, network, training and engine",
     .example = "info"},
    {.id = COMMAND_SET,
     .verb = "set",
     TABLE_PARAMETERS(set_parameters),
     .summary = "Change settings; without parameters, show all settings",
     .example = "set threads=2 plot.format=svg",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_PRINT,
     .verb = "print",
     TABLE_PARAMETERS(print_parameters),
     .summary = "Print strings and values to standard output",
     .example = "accuracy = 0.991\nprint \"accuracy\" ($accuracy * 100) \"%\""},
    {.id = COMMAND_WARN,
     .verb = "warn",
     TABLE_PARAMETERS(warn_parameters),
     .summary = "Print a warning to standard error",
     .example = "warn \"this takes a minute\""},
    {.id = COMMAND_ASK,
     .verb = "ask",
     TABLE_PARAMETERS(ask_parameters),
     .summary = "Ask the user for input and store the answer in a variable",
     .example = "ask name \"Your name? \"\nprint \"Hello $name\"",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_CLEAR,
     .verb = "clear",
     TABLE_PARAMETERS(clear_parameters),
     .summary = "Clear the output of the cell",
     .example = "clear wait"},
    {.id = COMMAND_TIME,
     .verb = "time",
     .summary = "Run a command and print its run time",
     .example = "time train epochs=1",
     .traits = COMMAND_WRAPS},
    {.id = COMMAND_BENCH,
     .verb = "bench",
     TABLE_PARAMETERS(bench_parameters),
     .summary = "Measure the speed of training and inference against the processor's peak",
     .details =
         "The benchmark uses the session's engine and threads on the preprocessed training "
         "images. It creates a new network and does not change the session. Without loaded data "
         "the images are synthetic. Each result is the median of nine rounds (fewer if a step "
         "takes long). The peak is the highest rate of multiply-adds on registers, measured "
         "between the rounds. Operations \"as if dense\" count every multiply-add of `model "
         "summary` as two operations, and three times as many in training, except for the input "
         "gradient of the first layer. An engine that skips products can therefore exceed the "
         "peak. \"Executed\" counts the operations that the engine performs.",
     .example = "bench train model=fast batch=256"},
    {.id = COMMAND_HELP,
     .verb = "help",
     TABLE_PARAMETERS(help_parameters),
     .summary = "List all commands, or explain one; `train?` shows the help below the cell",
     .example = "help explore samples"},
    {.id = COMMAND_RESET,
     .verb = "reset",
     .summary =
         "Reset the session: data, preprocessing, network, history, variables, settings, C code",
     .example = "reset",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_VERSION,
     .verb = "version",
     .summary = "Print the version of the program and its engine",
     .example = "version"},
    {.id = COMMAND_EXIT,
     .verb = "exit",
     .summary = "End the console, the prompt or the command file; in a notebook, end the cell",
     .details = "The lines after it do not run. In a notebook the kernel keeps running; the menu "
                "Kernel shuts it down.",
     .example = "exit"},
    {.id = COMMAND_QUIT, .verb = "quit", .summary = "Synonym of `exit`", .example = "quit"},
    {.id = COMMAND_C,
     .verb = "%%c",
     TABLE_PARAMETERS(c_parameters),
     .summary = "Compile the cell as C and run it in the session",
     .details =
         "%%c must be the first line of the cell. The rest is C code: includes, types, "
         "variables, functions and statements in any order. Statements run immediately. "
         "Definitions remain available to later cells, and a new definition replaces an older "
         "one of the same name. A final expression without a semicolon is the result of the "
         "cell. If the cell crashes or is interrupted, the session is restored to its state "
         "before the cell. With check the cell runs more slowly, in a copy of the session; "
         "memory and arithmetic errors are reported with their lines, and the session does not "
         "change. With time the cell runs repeatedly for one second; its outputs are shown once, "
         "and its changes remain.",
     .example = "%%c check",
     .traits = COMMAND_CHANGES},
};

const struct family table_session = {
    .name = "session",
    .title = "The session",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
