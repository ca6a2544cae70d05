/*
 * memory_output - appends every output to one text (see memory_output.h).
 */
#include "tests/unit/mnist/commands/memory_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct memory_output *memory, const char *what, const char *bytes, size_t size)
{
    size_t head = strlen(what);
    memory->text = realloc(memory->text, memory->size + head + size + 2);
    memcpy(memory->text + memory->size, what, head);
    memcpy(memory->text + memory->size + head, bytes, size);
    memory->size += head + size;
    if (size == 0 || bytes[size - 1] != '\n')
        memory->text[memory->size++] = '\n';
    memory->text[memory->size] = '\0';
}

static void sink_text(struct output *output, enum output_stream stream, const char *bytes,
                      size_t size)
{
    add((struct memory_output *)output, stream == OUTPUT_STDERR ? "err: " : "out: ", bytes, size);
}

static void sink_table(struct output *output, const struct table *table)
{
    struct memory_output *memory = (struct memory_output *)output;
    char *text = table_text(table);
    memory->tables++;
    add(memory, "table:\n", text, strlen(text));
    free(text);
    if (table_remark_text(table) != NULL)
        add(memory, "remark: ", table_remark_text(table), strlen(table_remark_text(table)));
}

static void sink_picture(struct output *output, const struct picture *picture)
{
    struct memory_output *memory = (struct memory_output *)output;
    memory->pictures++;
    add(memory, "picture: ", picture->sentence, strlen(picture->sentence));
}

static void sink_markdown(struct output *output, const char *markdown, const char *plain)
{
    (void)markdown;
    add((struct memory_output *)output, "markdown: ", plain, strlen(plain));
}

static void sink_value(struct output *output, const char *plain)
{
    add((struct memory_output *)output, "value: ", plain, strlen(plain));
}

static void sink_page(struct output *output, const char *plain)
{
    add((struct memory_output *)output, "page: ", plain, strlen(plain));
}

static void sink_progress(struct output *output, const struct progress_display *progress)
{
    (void)progress;
    ((struct memory_output *)output)->progresses++;
}

static void sink_progress_end(struct output *output)
{
    (void)output;
}

static void sink_clear(struct output *output, bool wait)
{
    add((struct memory_output *)output, wait ? "clear wait" : "clear", "", 0);
}

static bool sink_ask(struct output *output, const char *prompt, bool secret, char **answer,
                     struct error *error)
{
    struct memory_output *memory = (struct memory_output *)output;
    add(memory, secret ? "ask secret: " : "ask: ", prompt, strlen(prompt));
    if (memory->answer == NULL)
        return error_set(error, ERROR_STATE, "nobody answers");
    *answer = strdup(memory->answer);
    return true;
}

void memory_output_init(struct memory_output *memory)
{
    *memory = (struct memory_output){
        .output = {sink_text, sink_table, sink_picture, sink_markdown, sink_value, sink_page,
                   sink_progress, sink_progress_end, sink_clear, sink_ask, NULL},
        .text = calloc(1, 1),
    };
}

void memory_output_release(struct memory_output *memory)
{
    free(memory->text);
}

void memory_output_forget(struct memory_output *memory)
{
    memory->size = 0;
    memory->text[0] = '\0';
    memory->progresses = memory->pictures = memory->tables = 0;
}
