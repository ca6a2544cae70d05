/*
 * work - progress of a long command, shown in the output of its cell, and its interruption.
 *
 *     struct work work;
 *     work_begin(&work, s, "loading mnist", "images");
 *     dataset = dataset_load(folder, DATASET_MNIST, &work.progress, &error);
 *
 * Every tick checks for an interrupt; the display is updated at most every 50 ms.
 */
#ifndef MNIST_WORKSPACE_WORK_H
#define MNIST_WORKSPACE_WORK_H

#include "mnist/base/progress.h"

struct session;
struct table;

struct work {
    struct progress progress;
    struct session *session;
    const char *what, *unit;
    double scale;              /* units shown for each unit of progress; 1             */
    char note[128];            /* the caller may change note and table at any time  */
    const struct table *table; /* NULL = none                                       */
    double began_s, shown_s;
    double begun; /* units done at the first tick; -1 before it */
};

/* what and unit are borrowed as long as work is used. */
void work_begin(struct work *work, struct session *s, const char *what, const char *unit);

#endif
