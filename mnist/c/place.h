/*
 * place - where in the cells' sources an address of a shared object is, and what stands there.
 *
 * crash_report.c and check_report.c tell by it. Objects are read from their files, so that a process can ask for one it
 * has never loaded; the cells' texts lie beside them.
 */
#ifndef MNIST_C_PLACE_H
#define MNIST_C_PLACE_H

#include <stdint.h>
#include <stdio.h>

enum { PLACES_MAX = 16, PLACE_NAME_SIZE = 128, PLACE_PATH_SIZE = 256 };

struct place {
    char function[PLACE_NAME_SIZE]; /* "" = the cell's own statements, or not known  */
    char file[PLACE_NAME_SIZE];     /* "cell 3"; "" = no cell's                      */
    char object[PLACE_PATH_SIZE];
    int line;
};

/* The functions that the address, an offset from where the object is loaded, is in: the innermost inlined one first, the one
   that has a frame last. Returns how many; 0 = it is none of a cell's. */
int place_look_up(struct place places[PLACES_MAX], const char *object, uint64_t offset);

/* Two lines: which cell, line and function, and the line's text. */
void place_put(FILE *to, const struct place *place);

#endif
