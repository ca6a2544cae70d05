/*
 * text_glob - does a text match a pattern of the shell's kind?
 *
 * history.c searches with it. `*` any characters, `?` one, `[abc]`, `[a-z]`, `[^a]` one of a set;
 * all else is itself; upper and lower case differ.
 *
 * The time is bounded by a budget of steps, which one search shares among all its texts: a step is
 * one character compared, one byte of a set, or TEXT_GLOB_SCAN_BYTES bytes searched for a literal text.
 * Without it, a pattern such as `*a?a?a?b` would cost the product of both lengths.
 */
#ifndef KERNEL_FRONT_TEXT_GLOB_H
#define KERNEL_FRONT_TEXT_GLOB_H

#include <stddef.h>

enum { TEXT_GLOB_SCAN_BYTES = 8 };

enum text_glob_result {
    TEXT_GLOB_DIFFERS,
    TEXT_GLOB_MATCHES,
    TEXT_GLOB_STOPPED, /* the budget is used up: unknown */
};

/* Both are UTF-8. *steps_left is the budget; what the match has cost is taken from it. */
enum text_glob_result text_glob_match(const char *pattern, const char *text, size_t *steps_left);

#endif
