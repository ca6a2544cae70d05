/*
 * session - info, set, print and the other words that are about the session itself.
 */
#include "mnist/language/tables/tables.h"

static const struct choice formats[] = {
    {"svg", "sharp at every size"},
    {"png", "pixels, at twice the size for sharp screens"},
    {"both", "both: each place shows the one it can"},
    {NULL, NULL},
};

static const struct choice engines[] = {
    {"native", "our own code: the fastest, and the same bits on every machine"},
    {"openblas", "convolutions as matrix products, by OpenBLAS: the reference"},
    {NULL, NULL},
};

static const struct choice isas[] = {
    {"auto", "the best that this processor has"},
    {"avx512", "AVX-512 (x86-64)"},
    {"avx2", "AVX2 and FMA (x86-64)"},
    {"neon", "NEON (ARM)"},
    {"plain", "C without vector instructions; slow"},
    {NULL, NULL},
};

static const struct parameter set_parameters[] = {
    {.name = "threads",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 64, /* THREAD_POOL_THREADS_MAX */
     .otherwise = "as it is; at first one for each core",
     .help = "how many cores compute"},
    {.name = "plot.format",
     .kind = PARAMETER_CHOICE,
     .choices = formats,
     .otherwise = "as it is; at first both",
     .help = "what pictures are made as"},
    {.name = "plot.folder",
     .kind = PARAMETER_PATH,
     .folders_only = true,
     .otherwise = "as it is; at first none in a notebook, plots in a shell",
     .help = "also write each picture into this folder"},
    {.name = "engine",
     .kind = PARAMETER_CHOICE,
     .choices = engines,
     .otherwise = "as it is; at first native",
     .help = "which code does the arithmetic of the layers"},
    {.name = "isa",
     .kind = PARAMETER_CHOICE,
     .choices = isas,
     .otherwise = "auto, when engine is given; else as it is",
     .help = "the instruction set of engine=native; the bits are the same with all"},
    {.name = "c.compiler",
     .kind = PARAMETER_PATH,
     .otherwise = "as it is; at first cc",
     .help = "the compiler of cells of C: cc, gcc, clang, or a path"},
    {.name = "c.memory",
     .kind = PARAMETER_STRING,
     .otherwise = "as it is; at first as much as the machine has",
     .help = "how much memory a cell of C may take: 512M, 4G"},
    {.name = "c.time",
     .kind = PARAMETER_INTEGER,
     .low = 0,
     .high = 86400,
     .otherwise = "as it is; at first as long as it likes (0)",
     .help = "seconds that a cell of C may take"},
};

static const struct parameter print_parameters[] = {
    {.name = "values",
     .kind = PARAMETER_VALUE,
     .positional = true,
     .repeats = true,
     .otherwise = "an empty line",
     .help = "texts, $names and arithmetic (in parentheses when it has spaces), printed in a row"},
};

static const struct parameter warn_parameters[] = {
    {.name = "values",
     .kind = PARAMETER_VALUE,
     .positional = true,
     .repeats = true,
     .required = true,
     .help = "what to say, as for print"},
};

static const struct parameter ask_parameters[] = {
    {.name = "name",
     .kind = PARAMETER_NAME,
     .positional = true,
     .required = true,
     .names = NAME_VARIABLE,
     .help = "the variable that gets the answer"},
    {.name = "prompt",
     .kind = PARAMETER_STRING,
     .positional = true,
     .otherwise = "the variable's name",
     .help = "the question"},
    {.name = "secret",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "the answer is shown",
     .help = "do not show what is typed"},
};

static const struct parameter clear_parameters[] = {
    {.name = "wait",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "at once",
     .help = "clear only when the next output comes, so that nothing flickers"},
};

static const struct choice bench_jobs[] = {
    {"train", "batches through the network and back, and a step of the weights after each (adam)"},
    {"infer", "answers to batches of images"},
    {"single", "answers to one image at a time: the median of the times, and the 99th percentile"},
    {"augment", "images changed as `augment` says, or by rotate=15 shift=3 scale=0.15 shear=10"},
    {"load", "loading MNIST; files whose SHA-256 was checked before are not hashed again"},
    {"layers", "each layer of a training, forward and both gradients, on one thread"},
    {NULL, NULL},
};

static const struct choice bench_formats[] = {
    {"table", "a table, for readers"},
    {"json", "one line of JSON with a name for each figure, for programs"},
    {NULL, NULL},
};

static const struct parameter bench_parameters[] = {
    {.name = "what",
     .kind = PARAMETER_CHOICE,
     .positional = true,
     .choices = bench_jobs,
     .fallback = "train",
     .help = "the work to be measured"},
    {.name = "model",
     .kind = PARAMETER_NAME,
     .choices = words_recipes,
     .names = NAME_MODEL,
     .fallback = "keras",
     .help = "the network: a built-in one, or one that this session has defined"},
    {.name = "batch",
     .kind = PARAMETER_INTEGER,
     .low = 1,
     .high = 8192,
     .otherwise = "128 (train, layers), 1024 (infer)",
     .help = "images that go through the network together"},
    {.name = "seconds",
     .kind = PARAMETER_NUMBER,
     .low = 0.01,
     .high = 600,
     .fallback = "2",
     .help = "how long to measure: the rounds share this time"},
    {.name = "format",
     .kind = PARAMETER_CHOICE,
     .choices = bench_formats,
     .fallback = "table",
     .help = "how to say the figures"},
};

static const struct parameter help_parameters[] = {
    {.name = "topic",
     .kind = PARAMETER_STRING,
     .positional = true,
     .repeats = true,
     .otherwise = "the list of all commands",
     .names = NAME_TOPIC,
     .help = "a command, with or without its subject, or a layer"},
};

static const struct choice standards[] = {
    {"gnu17", "C17 and GNU's extensions"},
    {"c17", "C17"},
    {"gnu11", "C11 and GNU's extensions"},
    {"c11", "C11"},
    {"c99", "C99"},
    {NULL, NULL},
};

static const struct parameter c_parameters[] = {
    {.name = "check",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "the cell runs as it is",
     .help = "look for errors of memory and undefined behaviour, in a copy of the session"},
    {.name = "time",
     .kind = PARAMETER_BOOLEAN,
     .positional = true,
     .otherwise = "the cell runs once",
     .help = "repeat the cell and say how long it takes"},
    {.name = "std",
     .kind = PARAMETER_CHOICE,
     .choices = standards,
     .fallback = "gnu17",
     .help = "which C"},
    {.name = "link",
     .kind = PARAMETER_STRING,
     .otherwise = "the C library and libm",
     .help = "libraries, with commas between them"},
    {.name = "flags",
     .kind = PARAMETER_STRING,
     .otherwise = "-O2 -Wall",
     .help = "more words for the compiler, in quotes"},
};

static const struct command commands[] = {
    {.id = COMMAND_INFO,
     .verb = "info",
     .summary = "Say what is loaded, prepared, built and trained, and what computes",
     .example = "info"},
    {.id = COMMAND_SET,
     .verb = "set",
     TABLE_PARAMETERS(set_parameters),
     .summary = "Change settings; alone, show them all",
     .example = "set threads=2 plot.format=svg",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_PRINT,
     .verb = "print",
     TABLE_PARAMETERS(print_parameters),
     .summary = "Print texts and values (standard output)",
     .example = "accuracy = 0.991\nprint \"accuracy\" ($accuracy * 100) \"%\""},
    {.id = COMMAND_WARN,
     .verb = "warn",
     TABLE_PARAMETERS(warn_parameters),
     .summary = "Print a warning (standard error)",
     .example = "warn \"this takes a minute\""},
    {.id = COMMAND_ASK,
     .verb = "ask",
     TABLE_PARAMETERS(ask_parameters),
     .summary = "Ask the reader and keep the answer in a variable",
     .example = "ask name \"Your name? \"\nprint \"Hello $name\"",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_CLEAR,
     .verb = "clear",
     TABLE_PARAMETERS(clear_parameters),
     .summary = "Clear the cell's output so far",
     .example = "clear wait"},
    {.id = COMMAND_TIME,
     .verb = "time",
     .summary = "Run the command that follows and say how long it took",
     .example = "time train epochs=1",
     .traits = COMMAND_WRAPS},
    {.id = COMMAND_BENCH,
     .verb = "bench",
     TABLE_PARAMETERS(bench_parameters),
     .summary = "Measure how fast networks train and answer here, beside the processor's peak",
     .details =
         "It measures with the session's engine and threads on the training images as they are prepared, and changes "
         "nothing: the network that is measured is a new one. Without loaded data the images are synthetic. "
         "Each figure is the median of nine rounds (of fewer when a step takes long). The peak is the highest speed of "
         "multiply-adds on registers, measured between the rounds. Operations \"as if dense\" count every multiply-add of "
         "`model summary`, two operations each, and in training three times as many, but for the first layer's gradient of "
         "its input; an engine that leaves products out can so exceed the peak. \"Executed\" are those that the engine "
         "really does.",
     .example = "bench train model=fast batch=256"},
    {.id = COMMAND_HELP,
     .verb = "help",
     TABLE_PARAMETERS(help_parameters),
     .summary = "List the commands, or explain one; `train?` does so below its cell",
     .example = "help explore samples"},
    {.id = COMMAND_RESET,
     .verb = "reset",
     .summary =
         "Forget everything: data, preparation, network, history, variables, settings, definitions in C",
     .example = "reset",
     .traits = COMMAND_CHANGES},
    {.id = COMMAND_VERSION,
     .verb = "version",
     .summary = "Say which version this is, and which engine computes",
     .example = "version"},
    {.id = COMMAND_EXIT,
     .verb = "exit",
     .summary = "End a console, the prompt or a file of commands; in a notebook, end the cell",
     .details = "The lines after it are not run. The kernel of a notebook goes on; the menu Kernel "
                "ends it.",
     .example = "exit"},
    {.id = COMMAND_QUIT, .verb = "quit", .summary = "The same as `exit`", .example = "quit"},
    {.id = COMMAND_C,
     .verb = "%%c",
     TABLE_PARAMETERS(c_parameters),
     .summary = "Compile the cell as C and run it in the session",
     .details =
         "It stands in the cell's first line; the rest is C as one would write it: includes, types, "
         "variables, functions and statements, in any mixture. Statements run now; what is defined stays for later "
         "cells, and what is defined again replaces it. A last expression without a semicolon is the cell's result. A "
         "cell that crashes or is interrupted leaves the session as it was before. A checked cell runs in a copy of the "
         "session, more slowly; errors of memory and arithmetic are reported with their lines, and the session stays "
         "as it was. A timed cell runs again and again for a second; its outputs are shown once, and what it "
         "changes stays changed.",
     .example = "%%c check",
     .traits = COMMAND_CHANGES},
};

const struct family words_session = {
    .name = "session",
    .title = "The session",
    .commands = commands,
    .count = TABLE_COUNT(commands),
};
