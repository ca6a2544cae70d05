/*
 * openmp - lets the OpenMP of a cell of C survive a fork.
 *
 * GNU's runtime keeps its threads for the next parallel region and does not notice a fork, which takes none of them along:
 * in the child that region would wait for ever. So they are sent home before every fork, of the session (its copies,
 * renew.h) or of the cell itself, and come anew when wanted.
 */
#ifndef MNIST_C_CELLS_OPENMP_H
#define MNIST_C_CELLS_OPENMP_H

/* Once is enough; more does no harm. */
void openmp_watch_forks(void);

#endif
