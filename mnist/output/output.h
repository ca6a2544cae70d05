/*
 * output - what a command may say, whoever listens.
 *
 * A sink: the kernel's session process has one (kernel/session/session_output.c: Jupyter messages),
 * the shell program has one (mnist/shell/terminal.c), tests have one that remembers. Commands call
 * the output_ functions and know nothing else.
 *
 * A progress is shown beside the results and is gone when the command has ended. So a cell ends
 * with the same outputs whether it was so quick that no progress was shown or not.
 */
#ifndef MNIST_OUTPUT_OUTPUT_H
#define MNIST_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "mnist/base/errors.h"
#include "mnist/output/table.h"
#include "plots/picture.h"

enum output_stream { OUTPUT_STDOUT = 1, OUTPUT_STDERR = 2 };

struct progress_display {
    const char *what;   /* "training", "reading train-images-idx3-ubyte" */
    const char *unit;   /* "images": done and total count these            */
    double done, total; /* total 0 = not known                             */
    double begun;       /* done when elapsed_s began: a resumed work's rate counts from there */
    double elapsed_s;   /* since the work began                            */
    const char *note;   /* "epoch 3 of 5, loss 0.043"; NULL = none         */
    const struct table *table; /* shown above the bar; NULL = none                */
};

struct output {
    void (*text)(struct output *output, enum output_stream stream, const char *bytes, size_t size);
    void (*table)(struct output *output, const struct table *table);
    void (*picture)(struct output *output, const struct picture *picture);
    void (*markdown)(struct output *output, const char *markdown, const char *plain);
    void (*value)(struct output *output, const char *plain); /* the cell's result                */
    void (*page)(struct output *output, const char *plain);  /* help, beside the notebook        */
    /* Work begins (elapsed_s 0), then goes on; the sink throttles. */
    void (*progress)(struct output *output, const struct progress_display *progress);
    void (*progress_end)(struct output *output); /* the command has ended: nothing stays */
    void (*clear)(struct output *output, bool wait);
    /* Asks the user; *answer is the line without its end, caller frees. False: interrupted, end of
       input, or nobody to ask. */
    bool (*ask)(struct output *output, const char *prompt, bool secret, char **answer,
                struct error *error);
    /* Where tables are read by programs: a table of what people see in a text or a picture; NULL =
       nowhere. */
    void (*data)(struct output *output, const struct table *table);
};

/* printf to a stream; control characters other than line ends are shown as escapes. */
__attribute__((format(printf, 3, 4))) void output_print(struct output *output,
                                                        enum output_stream stream,
                                                        const char *format, ...);

/* Shows the table and frees it; a table that ran out of memory is said so on stderr. */
void output_table(struct output *output, struct table **table);

/* Gives the table to a sink for programs, and frees it. */
void output_data(struct output *output, struct table **table);

/* Shows the picture and releases it. */
void output_picture(struct output *output, struct picture *picture);

#endif
