/*
 * cell_queue - a linked list of cells; count and size are the sums over the list.
 */
#include "kernel/front/cell_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front_memory.h"
#include "kernel/front/request_dates.h"
#include "mnist/base/utf8.h"
#include "mnist/language/cell.h"

/* ---- one cell ---- */

/* Sets refusal if the request contains no cell that can be run. */
static void check_code(struct queued_cell *cell)
{
    const json_t *code = json_object_get(cell->message->content, "code");
    const char *text = json_string_value(code);
    struct error error = {.text = "the cell contains a NUL character; delete it, then run the cell "
                                  "again"};
    if (cell->message->problem[0] != '\0')
        error_set(&error, ERROR_DATA, "%s", cell->message->problem);
    else if (text == NULL)
        error_set(&error, ERROR_DATA, "the request has no code");
    else if (cell_size_check(json_string_length(code), &error) &&
             strlen(text) == json_string_length(code))
        return;
    utf8_copy(cell->refusal, CELL_REFUSAL_SIZE, error.text, strlen(error.text));
}

static bool is_blank(const char *code)
{
    return code[strspn(code, " \t\r\n\f\v")] == '\0';
}

const char *queued_cell_code(const struct queued_cell *cell)
{
    return message_text(cell->message, "code", "");
}

json_t *queued_cell_metadata(const struct queued_cell *cell)
{
    return cell->started[0] != '\0' ? json_pack("{s:s}", "started", cell->started) : json_object();
}

struct queued_cell *queued_cell_new(struct message **message)
{
    struct queued_cell *cell = front_memory_alloc_zeroed(sizeof *cell);
    if (cell == NULL)
        return NULL;
    cell->message = *message;
    *message = NULL;
    cell->silent = message_flag(cell->message, "silent", false);
    cell->store_history = message_flag(cell->message, "store_history", !cell->silent) &&
                          !cell->silent && !is_blank(queued_cell_code(cell));
    cell->stop_on_error = message_flag(cell->message, "stop_on_error", true);
    cell->allow_stdin = message_flag(cell->message, "allow_stdin", true);
    cell->clock_offset_us = request_dates_offset_us(cell->message);
    check_code(cell);
    return cell;
}

void queued_cell_free(struct queued_cell **cell)
{
    if (*cell != NULL)
        message_free(&(*cell)->message);
    free(*cell);
    *cell = NULL;
}

/* ---- the queue ---- */

bool cell_queue_is_full(const struct cell_queue *queue)
{
    return queue->count == CELL_QUEUE_MAX || queue->size > CELL_QUEUE_SIZE_MAX;
}

void cell_queue_push(struct cell_queue *queue, struct queued_cell *cell)
{
    assert(cell->next == NULL && cell->message != NULL);
    assert((queue->last == NULL) == (queue->count == 0));
    if (queue->last != NULL)
        queue->last->next = cell;
    else
        queue->first = cell;
    queue->last = cell;
    queue->count++;
    queue->size += cell->message->frames.size;
}

struct queued_cell *cell_queue_pop(struct cell_queue *queue)
{
    struct queued_cell *cell = queue->first;
    assert((cell == NULL) == (queue->count == 0));
    if (cell == NULL)
        return NULL;
    assert(queue->size >= cell->message->frames.size);
    queue->first = cell->next;
    queue->last = queue->first != NULL ? queue->last : NULL;
    queue->count--;
    queue->size -= cell->message->frames.size;
    cell->next = NULL;
    assert(queue->count > 0 || queue->size == 0);
    return cell;
}
