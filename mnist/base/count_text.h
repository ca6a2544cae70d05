/*
 * count_text - a number with commas between groups of three digits.
 */
#ifndef MNIST_BASE_COUNT_TEXT_H
#define MNIST_BASE_COUNT_TEXT_H

enum { COUNT_TEXT_SIZE = 32 };

/* 55000 -> "55,000". Returns text. */
const char *count_text(char text[COUNT_TEXT_SIZE], long long count);

#endif
