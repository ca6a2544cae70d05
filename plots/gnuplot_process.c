/*
 * gnuplot_process - starting, talking to and ending the gnuplot process.
 */
#include "plots/gnuplot_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/base/clock.h"
#include "mnist/process/spawn_program.h"

/* ---- life ---------------------------------------------------------------------------------- */

static void close_if_open(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void close_descriptors(struct gnuplot_process *child)
{
    close_if_open(&child->socket);
    close_if_open(&child->script);
    close_if_open(&child->svg);
    close_if_open(&child->png);
}

/* ECHILD: the child was reaped elsewhere. */
void gnuplot_process_end(struct gnuplot_process *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    child->pid = 0;
    close_descriptors(child);
}

/* Creates the memory files and both ends of the socket. */
static bool open_descriptors(struct gnuplot_process *child, int *child_socket)
{
    int pair[2] = {-1, -1};
    *child_socket = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    child->socket = pair[0];
    *child_socket = pair[1];
    child->script = memfd_create("plot.gp", MFD_CLOEXEC);
    child->svg = memfd_create("plot.svg", MFD_CLOEXEC);
    child->png = memfd_create("plot.png", MFD_CLOEXEC);
    return child->script >= 0 && child->svg >= 0 && child->png >= 0;
}

/* Starts the program; returns 0 or an errno. `-d`: no start-up file of the user's may change a
   picture. GNUTERM: no window is opened. LC_ALL: no locale changes a number. */
static int spawn(struct gnuplot_process *child, const char *program, int child_socket)
{
    static const char *const arguments[] = {"gnuplot", "-d", NULL};
    static const char *const variables[] = {"GNUTERM=unknown", "LC_ALL=C", NULL};
    const int files[] = {child_socket,
                         child_socket,
                         child_socket,
                         [GNUPLOT_PROCESS_SCRIPT] = child->script,
                         [GNUPLOT_PROCESS_SVG] = child->svg,
                         [GNUPLOT_PROCESS_PNG] = child->png};
    const struct spawn_config config = {.program = program,
                                        .arguments = arguments,
                                        .files = files,
                                        .file_count = sizeof files / sizeof *files,
                                        .variables = variables,
                                        .new_group = true};
    return spawn_program(&config, &child->pid);
}

int gnuplot_process_start(struct gnuplot_process *child, const char *program)
{
    int child_socket = -1;
    int number =
        open_descriptors(child, &child_socket) ? spawn(child, program, child_socket) : errno;
    close_if_open(&child_socket);
    if (number != 0)
        close_descriptors(child);
    return number;
}

void gnuplot_process_forget(struct gnuplot_process *child)
{
    child->pid = 0;
    close_descriptors(child);
}

bool gnuplot_process_is_alive(struct gnuplot_process *child)
{
    if (child->pid == 0)
        return false;
    pid_t ended = waitpid(child->pid, NULL, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return true;
    child->pid = 0;
    close_descriptors(child);
    return false;
}

/* ---- exchange ---------------------------------------------------------------------- */

/* Appends to the reply; of a long reply the end is kept, which has the mark and the reason of a
   failure. */
static void keep_reply(struct gnuplot_process *child, const char *bytes, size_t size)
{
    if (child->reply_size + size >= sizeof child->reply) {
        size_t kept = child->reply_size < sizeof child->reply / 2 ? child->reply_size
                                                                  : sizeof child->reply / 2;
        memmove(child->reply, child->reply + child->reply_size - kept, kept);
        child->reply_size = kept;
    }
    memcpy(child->reply + child->reply_size, bytes, size);
    child->reply_size += size;
    child->reply[child->reply_size] = '\0';
}

/* Reads what there is. False when the child has closed its end. */
static bool receive(struct gnuplot_process *child)
{
    char bytes[GNUPLOT_PROCESS_REPLY_SIZE / 2 - 1];
    ssize_t size = recv(child->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    for (ssize_t i = 0; i < size; i++)
        if (bytes[i] == '\0')
            bytes[i] = ' ';
    keep_reply(child, bytes, (size_t)size);
    return size > 0;
}

const char *gnuplot_process_find(const struct gnuplot_process *child, const char *mark)
{
    const char *found = strstr(child->reply, mark);
    return found != NULL && strchr(found, '\n') != NULL ? found : NULL;
}

enum gnuplot_process_outcome gnuplot_process_converse(struct gnuplot_process *child,
                                                      const struct gnuplot_process_talk *talk)
{
    size_t sent = 0, size = strlen(talk->commands);
    long long end_ms = clock_ms() + talk->timeout_ms;
    child->reply_size = 0;
    child->reply[0] = '\0';
    while (gnuplot_process_find(child, talk->mark) == NULL) {
        if (talk->stop != NULL && talk->stop(talk->stop_context))
            return GNUPLOT_PROCESS_STOPPED;
        if (clock_ms() >= end_ms)
            return GNUPLOT_PROCESS_TOO_SLOW;
        struct pollfd wait = {.fd = child->socket, .events = POLLIN};
        if (sent < size)
            wait.events |= POLLOUT;
        if (poll(&wait, 1, talk->poll_ms) <= 0)
            continue; /* time to ask again, or EINTR */
        if ((wait.revents & POLLOUT) != 0 && sent < size) {
            ssize_t part = send(child->socket, talk->commands + sent, size - sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
            if (part > 0)
                sent += (size_t)part;
        }
        if ((wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(child))
            return gnuplot_process_find(child, talk->mark) != NULL ? GNUPLOT_PROCESS_ANSWERED
                                                                   : GNUPLOT_PROCESS_GONE;
    }
    return GNUPLOT_PROCESS_ANSWERED;
}
