/*
 * memory_output - a sink that remembers all that a command says, for tests.
 *
 * Everything goes into one text, a line a saying: "out: ...", "err: ...", "table:\n...", "remark:
 * ...", "picture: SENTENCE", "value: ...", "page: ...", "clear". Progress is only counted. ask is
 * answered by `answer` (NULL = nobody answers).
 */
#ifndef TESTS_MEMORY_OUTPUT_H
#define TESTS_MEMORY_OUTPUT_H

#include "mnist/output/output.h"

struct memory_output {
    struct output output;
    char *text; /* all that was said; "" at first */
    size_t size;
    int progresses, pictures, tables;
    const char *answer;
};

void memory_output_init(struct memory_output *memory);
void memory_output_release(struct memory_output *memory);
void memory_output_forget(struct memory_output *memory);

#endif
