/*
 * cell_findings - what the compiler knows about each chunk of a cell: the cursor of its statement,
 * whether it declares something, has an error, or is skipped by the preprocessor.
 */
#ifndef MNIST_C_CELLS_CLANG_CELL_FINDINGS_H
#define MNIST_C_CELLS_CLANG_CELL_FINDINGS_H

#include "mnist/c_cells/clang/cell_probe.h"

/* Fills probe->findings, which the caller has allocated with zeros, one for each chunk. */
void cell_findings_collect(struct cell_probe *probe);

#endif
