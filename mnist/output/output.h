/*
 * output - the interface through which commands show results.
 *
 * Implementations: kernel/session/session_output.c (Jupyter messages), mnist/shell/terminal.c (the
 * shell program), null_output.h, and one in tests that records. Commands call the output_ functions
 * and know no implementation.
 *
 * A progress display is separate from the results and is removed when the command ends. A cell
 * therefore ends with the same outputs whether or not a progress display was shown.
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
    const char *what;          /* "training", "reading train-images-idx3-ubyte" */
    const char *unit;          /* "images": done and total count these            */
    double done, total;        /* in units; total 0 = not known                   */
    double begun;              /* done at elapsed_s = 0; not 0 for resumed work */
    double elapsed_s;          /* since the beginning                             */
    const char *note;          /* "epoch 3 of 5, loss 0.043"; NULL = none         */
    const struct table *table; /* shown above the bar; NULL = none                */
};

struct output {
    void (*text)(struct output *output, enum output_stream stream, const char *bytes, size_t size);
    void (*table)(struct output *output, const struct table *table);
    void (*picture)(struct output *output, const struct picture *picture);
    void (*markdown)(struct output *output, const char *markdown, const char *plain);
    void (*value)(struct output *output, const char *plain); /* the cell's result */
    void (*page)(struct output *output,
                 const char *plain); /* help; Jupyter shows it in the pager */
    /* The first call has elapsed_s 0. The implementation limits the rate of updates. */
    void (*progress)(struct output *output, const struct progress_display *progress);
    void (*progress_end)(struct output *output); /* removes the display */
    void (*clear)(struct output *output, bool wait);
    /* Asks the user for a line; *answer is without the line end, caller frees. False with error
       set: interrupted, end of input, or there is no user. */
    bool (*ask)(struct output *output, const char *prompt, bool secret, char **answer,
                struct error *error);
    /* The data of a text or picture as a table, for implementations whose output programs read
       (JSON, CSV). NULL = none. */
    void (*data)(struct output *output, const struct table *table);
};

/* printf to a stream; control characters other than line ends are shown as escapes. */
__attribute__((format(printf, 3, 4))) void output_print(struct output *output,
                                                        enum output_stream stream,
                                                        const char *format, ...);

/* Shows the table and frees it. If memory ran out, shows that on stderr instead. */
void output_table(struct output *output, struct table **table);

/* Passes the table to output->data, if it is not NULL, and frees it. */
void output_data(struct output *output, struct table **table);

/* Shows the picture and releases it. */
void output_picture(struct output *output, struct picture *picture);

#endif
