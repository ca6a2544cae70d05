/*
 * memory_output - an output for tests that records all outputs of a command.
 *
 * All outputs are appended to one text, one per line: "out: ...", "err: ...", "table:\n...",
 * "remark: ...", "picture: SENTENCE", "value: ...", "page: ...", "clear". Progress is only counted.
 * The response to `ask` is the field `answer` (NULL = no response).
 */
#ifndef TESTS_MEMORY_OUTPUT_H
#define TESTS_MEMORY_OUTPUT_H

#include "mnist/output/output.h"

struct memory_output {
    struct output output;
    char *text; /* all outputs; initially "" */
    size_t size;
    int progresses, pictures, tables;
    const char *answer;
};

void memory_output_init(struct memory_output *memory);
void memory_output_release(struct memory_output *memory);
void memory_output_forget(struct memory_output *memory);

#endif
