/*
 * source_location - from an address in a cell's shared object to cell, line and function, by DWARF.
 *
 * crash_report.c and sanitize_report.c print stack frames with it. Shared objects are read from
 * their files, so a process can look up addresses of an object that it has never loaded. The texts
 * of the cells are files in the same folder.
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
    char function[SOURCE_LOCATION_NAME_SIZE]; /* "" = the cell's statements, or unknown  */
    char file[SOURCE_LOCATION_NAME_SIZE];     /* "cell 3"; "" = not in a cell            */
    char object[SOURCE_LOCATION_PATH_SIZE];   /* path of the shared object               */
    int line;
};

/* The functions at an address, which is relative to the object's load address: the innermost
   inlined function first, the function with the stack frame last. Returns their number; 0 = the
   address is not in a cell. */
int source_location_look_up(struct source_location locations[SOURCE_LOCATIONS_MAX],
                            const char *object, uint64_t offset);

/* Writes two lines: cell, line number and function; and the text of the line. */
void source_location_put(FILE *to, const struct source_location *location);

#endif
