/*
 * streams - copies of descriptors, and freopen(3).
 *
 * freopen alone takes an orientation from a stream; it also works on a standard stream of the GNU C
 * library that has been closed, whose object is static. It keeps the descriptor if there is one, else
 * it takes the lowest that is free, so descriptors are put back from 0 on.
 */
#include "mnist/c_cells/streams.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mnist/c_cells/cell_threads.h"

enum { COPIES_FROM = 100 }; /* copies are where a cell will hardly close them */

static const char nowhere[] = "/dev/null";

/* The streams that the process began with: a cell may assign to stdout. */
static FILE *output_of(int file)
{
    static FILE *first[STREAMS_COUNT];
    if (first[file] == NULL)
        first[file] = file == STDOUT_FILENO ? stdout : stderr;
    return first[file];
}

static void put_back(int copy, int file)
{
    if (copy >= 0)
        dup2(copy, file);
    else if (fcntl(file, F_GETFD) < 0)
        open(nowhere, O_RDWR); /* no file that is opened later may take a standard number */
}

/* Reopens a stream in place, on its own descriptor, which is then restored. */
static void reopen(FILE *stream, int copy, int file)
{
    fflush(stream);
    if (cell_threads_running() > 0) {
        put_back(copy, file);
    } else {
        if (fileno(stream) >= 0 && fileno(stream) != file)
            fclose(stream);
        if (fileno(stream) < 0)
            close(file); /* so that it is the lowest free number */
        if (freopen(nowhere, "w", stream) != NULL)
            put_back(copy, file);
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
    put_back(streams->copies[STDIN_FILENO], STDIN_FILENO);
    reset_outputs(streams);
    setvbuf(stdout, NULL, _IONBF, 0);
}

void streams_end(struct streams *streams)
{
    fflush(stdout);
    fflush(stderr);
    put_back(streams->copies[STDIN_FILENO], STDIN_FILENO);
    reset_outputs(streams);
    for (int i = 0; i < STREAMS_COUNT; i++) {
        if (streams->copies[i] < 0)
            continue;
        fcntl(i, F_SETFL, streams->flags[i]);
        close(streams->copies[i]);
    }
}
