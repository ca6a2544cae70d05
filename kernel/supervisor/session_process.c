/*
 * session_process - start of the session process, and the queue of its link.
 */
#include "kernel/supervisor/session_process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/front_memory.h"
#include "mnist/process/spawn_program.h"

enum { NUMBER_SIZE = 16 };

/* The descriptors that a start opens; -1 = not open, or owned by someone else. */
struct parts {
    int link[2], out[2], err[2]; /* [0] is the front's end */
    int shared, null;
    char token[SESSION_LINK_TOKEN_SIZE + 1];
};

/* ---- before the fork ---- */

static bool make_token(char token[SESSION_LINK_TOKEN_SIZE + 1])
{
    unsigned char bytes[SESSION_LINK_TOKEN_SIZE / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        token[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        token[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    token[SESSION_LINK_TOKEN_SIZE] = '\0';
    return true;
}

static void parts_close(struct parts *parts)
{
    int *const all[] = {&parts->link[0], &parts->link[1], &parts->out[0], &parts->out[1],
                        &parts->err[0],  &parts->err[1],  &parts->shared, &parts->null};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

static bool set_nonblocking(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool parts_open(struct parts *parts, struct error *error)
{
    *parts = (struct parts){{-1, -1}, {-1, -1}, {-1, -1}, -1, -1, ""};
    if (make_token(parts->token) &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, parts->link) == 0 &&
        pipe2(parts->out, O_CLOEXEC) == 0 && pipe2(parts->err, O_CLOEXEC) == 0 &&
        set_nonblocking(parts->link[0]) && set_nonblocking(parts->out[0]) &&
        set_nonblocking(parts->err[0]) &&
        (parts->shared = memfd_create("mnist-interrupt", MFD_CLOEXEC)) >= 0 &&
        ftruncate(parts->shared, sizeof(struct session_link_shared)) == 0 &&
        (parts->null = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        return true;
    error_system(error, "the pipes to a session process cannot be created");
    parts_close(parts);
    return false;
}

enum { LINK_FILE = 3, SHARED_FILE = 4 }; /* descriptors in the session process */

/* Returns 0 or an errno. */
static int start_session(struct session_process *child, const struct parts *parts,
                         const char *program)
{
    char link[NUMBER_SIZE], shared[NUMBER_SIZE];
    snprintf(link, sizeof link, "%d", LINK_FILE);
    snprintf(shared, sizeof shared, "%d", SHARED_FILE);
    const char *const arguments[] = {program, "--link",  link,         "--shared",
                                     shared,  "--token", parts->token, NULL};
    const int files[] = {
        parts->null, parts->out[1],
        parts->err[1], [LINK_FILE] = parts->link[1], [SHARED_FILE] = parts->shared};
    const struct spawn_config config = {.program = program,
                                        .arguments = arguments,
                                        .files = files,
                                        .file_count = sizeof files / sizeof *files,
                                        .new_group = true,
                                        .end_with_caller = true};
    return spawn_program(&config, &child->pid);
}

/* ---- in the front ---- */

static bool take_parts(struct session_process *child, struct parts *parts, pipe_text *out_text,
                       pipe_text *err_text, void *context)
{
    child->out = pipe_new(parts->out[0], parts->token, out_text, context);
    parts->out[0] = child->out != NULL ? -1 : parts->out[0];
    child->err = pipe_new(parts->err[0], parts->token, err_text, context);
    parts->err[0] = child->err != NULL ? -1 : parts->err[0];
    void *page =
        mmap(NULL, sizeof *child->shared, PROT_READ | PROT_WRITE, MAP_SHARED, parts->shared, 0);
    child->shared = page != MAP_FAILED ? page : NULL;
    child->link = parts->link[0];
    parts->link[0] = -1;
    session_link_reader_init(&child->reader, child->link);
    return child->out != NULL && child->err != NULL && child->shared != NULL;
}

struct session_process *session_process_start(const char *program, pipe_text *out_text,
                                              pipe_text *err_text, void *context,
                                              struct error *error)
{
    struct parts parts;
    struct session_process *child = calloc(1, sizeof *child);
    if (child == NULL) {
        error_memory(error, "the session process", sizeof *child);
        return NULL;
    }
    child->link = -1;
    if (!parts_open(&parts, error)) {
        free(child);
        return NULL;
    }
    int number = take_parts(child, &parts, out_text, err_text, context)
                     ? start_session(child, &parts, program)
                     : ENOMEM;
    child->group = child->pid;
    if (number != 0) {
        errno = number;
        error_system(error, "the session program %s cannot be executed", program);
        session_process_free(&child);
    }
    parts_close(&parts);
    return child;
}

void session_process_free(struct session_process **child)
{
    struct session_process *c = *child;
    if (c == NULL)
        return;
    session_link_reader_release(&c->reader);
    if (c->link >= 0)
        close(c->link);
    pipe_free(&c->out);
    pipe_free(&c->err);
    if (c->shared != NULL)
        munmap(c->shared, sizeof *c->shared);
    free(c->queue);
    free(c);
    *child = NULL;
}

void session_process_promote(struct session_process *child, pid_t pid, int socket)
{
    assert(pid > 0 && socket >= 0);
    session_link_reader_release(&child->reader);
    close(child->link);
    child->pid = pid;
    child->group = getpgid(pid);
    child->link = socket;
    child->queue_size = 0;
    set_nonblocking(socket);
    session_link_reader_init(&child->reader, socket);
}

static bool make_room(struct session_process *child, size_t size)
{
    assert((child->queue != NULL) == (child->queue_capacity > 0));
    if (child->queue_size + size <= child->queue_capacity)
        return true;
    size_t capacity = child->queue_size + size;
    uint8_t *queue = front_memory_realloc(child->queue, capacity);
    if (queue == NULL)
        return false;
    child->queue = queue;
    child->queue_capacity = capacity;
    return true;
}

bool session_process_send_parts(struct session_process *child, enum session_link_kind kind,
                                const struct iovec *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (size > SESSION_LINK_PAYLOAD_MAX || !make_room(child, SESSION_LINK_HEADER_SIZE + size))
        return false;
    session_link_header(child->queue + child->queue_size, kind, 0, size);
    child->queue_size += SESSION_LINK_HEADER_SIZE;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].iov_len > 0)
            memcpy(child->queue + child->queue_size, parts[i].iov_base, parts[i].iov_len);
        child->queue_size += parts[i].iov_len;
    }
    assert(child->queue_size <= child->queue_capacity);
    (void)session_process_flush(child); /* a dead session is detected when its link is read */
    return true;
}

bool session_process_send(struct session_process *child, enum session_link_kind kind,
                          const void *payload, size_t size)
{
    const struct iovec part = {(void *)(uintptr_t)payload, size};
    return session_process_send_parts(child, kind, &part, 1);
}

bool session_process_flush(struct session_process *child)
{
    size_t sent = 0;
    bool good = true;
    while (good && sent < child->queue_size) {
        ssize_t now = send(child->link, child->queue + sent, child->queue_size - sent,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now > 0)
            sent += (size_t)now;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            good = false;
    }
    child->queue_size -= sent;
    if (sent > 0)
        memmove(child->queue, child->queue + sent, child->queue_size);
    if (child->queue_size == 0) {
        free(child->queue);
        child->queue = NULL;
        child->queue_capacity = 0;
    }
    return good;
}
