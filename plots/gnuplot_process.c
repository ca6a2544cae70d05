/*
 * gnuplot_process - starting, talking to and ending the gnuplot process.
 */
#include "plots/gnuplot_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/base/clock.h"

/* Ours are kept clear of the child's numbers, so that dup2 in the child clobbers none. */
enum { LOWEST_OWN = 10 };

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

/* ECHILD: someone else has reaped it. */
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

/* Consumes descriptor; gives it back as one of LOWEST_OWN or above. -1 with errno set. */
static int raise_descriptor(int descriptor)
{
    if (descriptor < 0)
        return -1;
    int raised = fcntl(descriptor, F_DUPFD_CLOEXEC, LOWEST_OWN);
    int number = errno;
    close(descriptor);
    errno = number;
    return raised;
}

/* Makes our ends, and the child's end of the socket. */
static bool open_descriptors(struct gnuplot_process *child, int *child_socket)
{
    int pair[2] = {-1, -1};
    *child_socket = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    child->socket = raise_descriptor(pair[0]);
    *child_socket = raise_descriptor(pair[1]);
    child->script = raise_descriptor(memfd_create("plot.gp", MFD_CLOEXEC));
    child->svg = raise_descriptor(memfd_create("plot.svg", MFD_CLOEXEC));
    child->png = raise_descriptor(memfd_create("plot.png", MFD_CLOEXEC));
    return child->socket >= 0 && *child_socket >= 0 && child->script >= 0 && child->svg >= 0 &&
           child->png >= 0;
}

/* The child gets the three memory files, the socket as all of stdin, stdout and stderr, and
   nothing else of ours. */
static bool add_file_actions(const struct gnuplot_process *child, int child_socket,
                             posix_spawn_file_actions_t *actions)
{
    bool added = true;
    for (int standard = 0; standard <= 2; standard++)
        added = added && posix_spawn_file_actions_adddup2(actions, child_socket, standard) == 0;
    added = added &&
            posix_spawn_file_actions_adddup2(actions, child->script, GNUPLOT_PROCESS_SCRIPT) == 0 &&
            posix_spawn_file_actions_adddup2(actions, child->svg, GNUPLOT_PROCESS_SVG) == 0 &&
            posix_spawn_file_actions_adddup2(actions, child->png, GNUPLOT_PROCESS_PNG) == 0;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    added = added &&
            posix_spawn_file_actions_addclosefrom_np(actions, GNUPLOT_PROCESS_FIRST_UNUSED) == 0;
#endif
    return added;
}

/* A process group of its own, no blocked signals, every signal's action the default one. */
static bool set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0;
}

/* The host's environment, but no window is opened and no locale changes a number. Caller frees
   with free; the strings are borrowed. */
static char **gnuplot_process_environment(void)
{
    static char terminal[] = "GNUTERM=unknown", locale[] = "LC_ALL=C";
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    char **copy = calloc(count + 3, sizeof *copy);
    if (copy == NULL)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "GNUTERM=", 8) != 0 && strncmp(environ[i], "LC_ALL=", 7) != 0)
            copy[used++] = environ[i];
    copy[used++] = terminal;
    copy[used] = locale;
    return copy;
}

/* Starts the program; returns 0 or an errno. `-d`: no start-up file of the user's may change a
   picture. */
static int spawn(struct gnuplot_process *child, const char *program, int child_socket)
{
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **environment = gnuplot_process_environment();
    int number = ENOMEM;
    if (environment == NULL || posix_spawn_file_actions_init(&actions) != 0)
        goto out_environment;
    if (posix_spawnattr_init(&attributes) != 0)
        goto out_actions;
    if (add_file_actions(child, child_socket, &actions) && set_attributes(&attributes))
        number = posix_spawnp(&child->pid, program, &actions, &attributes, arguments, environment);
    if (number != 0)
        child->pid = 0;
    posix_spawnattr_destroy(&attributes);
out_actions:
    posix_spawn_file_actions_destroy(&actions);
out_environment:
    free(environment);
    return number;
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

/* ---- one conversation ---------------------------------------------------------------------- */

/* Keeps the end of what the child says: that is where the mark and the reason of a failure are. */
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
