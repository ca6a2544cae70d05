/*
 * glob - does a text match a pattern of the shell's kind?
 *
 * history.c searches with it. `*` any characters, `?` one, `[abc]`, `[a-z]`, `[^a]` one of a set;
 * all else is itself; upper and lower case differ. The time is at most the product of both lengths,
 * unlike SQLite's own GLOB.
 */
#ifndef KERNEL_GLOB_H
#define KERNEL_GLOB_H

#include <stdbool.h>

/* Both are UTF-8. */
bool glob_match(const char *pattern, const char *text);

#endif
