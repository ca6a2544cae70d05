/*
 * text_glob - matches a text against a glob pattern, as in a shell.
 *
 * history.c uses it for searches. `*` matches any number of characters, `?` one character, and
 * `[abc]`, `[a-z]`, `[^a]` one character of a set; every other character matches itself. Case
 * matters.
 *
 * The time is limited by a budget of steps, which all texts of one search share. A step is one
 * compared character, one byte of a set, or TEXT_GLOB_SCAN_BYTES bytes searched for a literal
 * text. Without the budget, a pattern such as `*a?a?a?b` could take time proportional to the
 * product of both lengths.
 */
#ifndef KERNEL_FRONT_TEXT_GLOB_H
#define KERNEL_FRONT_TEXT_GLOB_H

#include <stddef.h>

enum { TEXT_GLOB_SCAN_BYTES = 8 };

enum text_glob_result {
    TEXT_GLOB_DIFFERS,
    TEXT_GLOB_MATCHES,
    TEXT_GLOB_STOPPED, /* the budget is used up; the result is unknown */
};

/* Both texts are UTF-8. *steps_left is the budget; the steps used are subtracted from it. */
enum text_glob_result text_glob_match(const char *pattern, const char *text, size_t *steps_left);

#endif
