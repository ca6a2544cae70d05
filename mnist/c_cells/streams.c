/*
 * streams - saved copies of the descriptors, and freopen(3).
 *
 * Only freopen removes the orientation of a stream; it also works on a closed standard stream of
 * the GNU C library, whose object is static. It keeps the descriptor if there is one, else it uses
 * the lowest free number; so descriptors are restored in ascending order.
 */
#include "mnist/c_cells/streams.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mnist/c_cells/cell_threads.h"

enum { COPIES_FROM = 100 }; /* high numbers, which a cell is unlikely to close */

static const char nowhere[] = "/dev/null";

/* The initial streams of the process: a cell may assign to stdout. */
static FILE *output_of(int file)
{
    static FILE *first[STREAMS_COUNT];
    if (first[file] == NULL)
        first[file] = file == STDOUT_FILENO ? stdout : stderr;
    return first[file];
}

static void restore(int copy, int file)
{
    if (copy >= 0)
        dup2(copy, file);
    else if (fcntl(file, F_GETFD) < 0)
        open(nowhere, O_RDWR); /* keeps later files from getting a standard number */
}

/* Reopens a stream in place, on its own descriptor, which is then restored. */
static void reopen(FILE *stream, int copy, int file)
{
    fflush(stream);
    if (cell_threads_running() > 0) {
        restore(copy, file);
    } else {
        if (fileno(stream) >= 0 && fileno(stream) != file)
            fclose(stream);
        if (fileno(stream) < 0)
            close(file); /* freopen then uses this number, the lowest free one */
        if (freopen(nowhere, "w", stream) != NULL)
            restore(copy, file);
    }
    bool line = file == STDOUT_FILENO && isatty(file);
    setvbuf(stream, NULL, file == STDERR_FILENO ? _IONBF : line ? _IOLBF : _IOFBF, BUFSIZ);
}

static void reset_outputs(const struct streams *streams)
{
    stdout = output_of(STDOUT_FILENO);
    stderr = output_of(STDERR_FILENO);
    reopen(stdout, streams->copies[STDOUT_FILENO], STDOUT_FILENO);
    reopen(stderr, streams->copies[STDERR_FILENO], STDERR_FILENO);
}

void streams_block(void)
{
    static int first[STREAMS_COUNT], known;
    for (int i = 0; i < STREAMS_COUNT; i++) {
        int flags = fcntl(i, F_GETFL);
        if (known < STREAMS_COUNT) {
            first[i] = flags;
            known++;
        } else if (flags >= 0 && (flags & O_NONBLOCK) != 0 && (first[i] & O_NONBLOCK) == 0)
            fcntl(i, F_SETFL, flags & ~O_NONBLOCK);
    }
}

void streams_flush(void)
{
    if (cell_threads_running() == 0)
        fflush(NULL);
    else {
        fflush(stdout);
        fflush(stderr);
    }
}

void streams_begin(struct streams *streams)
{
    streams_flush();
    streams_block();
    for (int i = 0; i < STREAMS_COUNT; i++) {
        streams->copies[i] = fcntl(i, F_DUPFD_CLOEXEC, COPIES_FROM);
        streams->flags[i] = fcntl(i, F_GETFL);
    }
    restore(streams->copies[STDIN_FILENO], STDIN_FILENO);
    reset_outputs(streams);
    setvbuf(stdout, NULL, _IONBF, 0);
}

void streams_end(struct streams *streams)
{
    fflush(stdout);
    fflush(stderr);
    restore(streams->copies[STDIN_FILENO], STDIN_FILENO);
    reset_outputs(streams);
    for (int i = 0; i < STREAMS_COUNT; i++) {
        if (streams->copies[i] < 0)
            continue;
        fcntl(i, F_SETFL, streams->flags[i]);
        close(streams->copies[i]);
    }
}
