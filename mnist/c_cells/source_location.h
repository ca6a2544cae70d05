/*
 * source_location - where in the cells' sources an address of a shared object is, and what stands there.
 *
 * crash_report.c and sanitize_report.c tell by it. Objects are read from their files, so that a process can ask for one it
 * has never loaded; the cells' texts lie beside them.
 */
#ifndef MNIST_C_CELLS_SOURCE_LOCATION_H
#define MNIST_C_CELLS_SOURCE_LOCATION_H

#include <stdint.h>
#include <stdio.h>

enum {
    SOURCE_LOCATIONS_MAX = 16,
    SOURCE_LOCATION_NAME_SIZE = 128,
    SOURCE_LOCATION_PATH_SIZE = 256
};

struct source_location {
    char function[SOURCE_LOCATION_NAME_SIZE]; /* "" = the cell's own statements, or not known  */
    char file[SOURCE_LOCATION_NAME_SIZE];     /* "cell 3"; "" = no cell's                      */
    char object[SOURCE_LOCATION_PATH_SIZE];
    int line;
};

/* The functions that the address, an offset from where the object is loaded, is in: the innermost inlined one first, the one
   that has a frame last. Returns how many; 0 = it is none of a cell's. */
int source_location_look_up(struct source_location places[SOURCE_LOCATIONS_MAX], const char *object,
                            uint64_t offset);

/* Two lines: which cell, line and function, and the line's text. */
void source_location_put(FILE *to, const struct source_location *place);

#endif
