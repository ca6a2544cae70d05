/*
 * openmp - makes OpenMP in C cells survive a fork.
 *
 * GNU's runtime keeps its threads for the next parallel region. A fork does not have them, but its
 * copy of the runtime does not know that, and the next parallel region would wait for them forever.
 * So they are ended before each fork, by omp_pause_resource_all; the runtime starts new ones on
 * demand. That holds for forks of the session (its copies) and for forks in the cell itself.
 */
#ifndef MNIST_C_CELLS_OPENMP_H
#define MNIST_C_CELLS_OPENMP_H

/* Registers the handler that runs before each fork. Later calls do nothing. */
void openmp_watch_forks(void);

#endif
