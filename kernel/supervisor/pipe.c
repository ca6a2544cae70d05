/*
 * pipe - reads a pipe into a buffer and passes on the text before the first mark.
 *
 * The bytes at the end of the buffer that may be the start of a mark stay there until more bytes
 * arrive. Invariant: held = the buffer starts with a complete mark.
 */
#include "kernel/supervisor/pipe.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Maximum number of bytes read by one drain: a process that outlives the session may write
   forever. */
static const size_t drain_max = 64 * 1024 * 1024;

struct pipe *pipe_new(int descriptor, const char token[SESSION_LINK_TOKEN_SIZE], pipe_text *text,
                      void *context)
{
    assert(descriptor >= 0 && text != NULL);
    struct pipe *pipe = malloc(sizeof *pipe);
    if (pipe == NULL)
        return NULL;
    pipe->descriptor = descriptor;
    memcpy(pipe->token, token, SESSION_LINK_TOKEN_SIZE);
    pipe->text = text;
    pipe->context = context;
    pipe->held = false;
    pipe->used = 0;
    return pipe;
}

void pipe_free(struct pipe **pipe)
{
    if (*pipe != NULL && (*pipe)->descriptor >= 0)
        close((*pipe)->descriptor);
    free(*pipe);
    *pipe = NULL;
}

int pipe_descriptor(const struct pipe *pipe)
{
    return pipe->held ? -1 : pipe->descriptor;
}

static void drop(struct pipe *pipe, size_t size)
{
    assert(size <= pipe->used);
    pipe->used -= size;
    memmove(pipe->buffer, pipe->buffer + size, pipe->used);
}

static void pass_text(struct pipe *pipe, size_t size)
{
    if (size > 0)
        pipe->text(pipe->context, pipe->buffer, size);
    drop(pipe, size);
}

/* Passes on the text in the buffer up to the first mark. True: the buffer now starts with the mark
   *number. */
static bool reach_mark(struct pipe *pipe, uint64_t *number)
{
    size_t partial;
    ptrdiff_t at = session_link_find_mark(pipe->buffer, pipe->used, pipe->token, number, &partial);
    pass_text(pipe, at >= 0 ? (size_t)at : partial);
    pipe->held = at >= 0;
    assert(pipe->held ? pipe->used >= SESSION_LINK_MARK_SIZE : pipe->used < SESSION_LINK_MARK_SIZE);
    return pipe->held;
}

/* Reads into the buffer once. False if no data is available now. */
static bool fill(struct pipe *pipe)
{
    assert(!pipe->held && pipe->used < sizeof pipe->buffer);
    if (pipe->descriptor < 0)
        return false;
    ssize_t got;
    while ((got = read(pipe->descriptor, pipe->buffer + pipe->used,
                       sizeof pipe->buffer - pipe->used)) < 0 &&
           errno == EINTR)
        continue;
    if (got > 0) {
        pipe->used += (size_t)got;
        return true;
    }
    if (got == 0 || errno != EAGAIN) {
        close(pipe->descriptor);
        pipe->descriptor = -1;
    }
    return false;
}

void pipe_read(struct pipe *pipe, size_t size_max)
{
    uint64_t number;
    size_t sum = 0;
    while (!pipe->held && !reach_mark(pipe, &number) && sum < size_max) {
        size_t before = pipe->used;
        if (!fill(pipe))
            return;
        sum += pipe->used - before;
    }
}

/* Passes on text and skips marks, up to and including this mark (0 = all). True if it was found. */
static bool pass_marks(struct pipe *pipe, uint64_t mark)
{
    uint64_t number;
    size_t sum = 0;
    do {
        while (reach_mark(pipe, &number)) {
            drop(pipe, SESSION_LINK_MARK_SIZE);
            pipe->held = false;
            if (number == mark && mark != 0)
                return true;
        }
        sum += sizeof pipe->buffer;
    } while (sum < drain_max && fill(pipe));
    return false;
}

void pipe_advance(struct pipe *pipe, uint64_t mark)
{
    assert(mark != 0);            /* numbers of marks begin at 1 */
    (void)pass_marks(pipe, mark); /* the text after it is passed on by the next pipe_read */
}

void pipe_drain(struct pipe *pipe)
{
    (void)pass_marks(pipe, 0);
    pass_text(pipe, pipe->used);
}
