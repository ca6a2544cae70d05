/*
 * assistant - starting mnist-clang, and one line each way.
 */
#include "mnist/c/assistant.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 50, READ_SIZE = 64 * 1024, ANSWER_SIZE_MAX = 64 * 1024 * 1024 };

struct assistant {
    char *program;
    pid_t pid; /* 0 = not running */
    int socket;
};

struct assistant *assistant_new(const char *program)
{
    struct assistant *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->socket = -1;
    a->program = strdup(program);
    if (a->program == NULL)
        assistant_free(&a);
    return a;
}

static void end(struct assistant *a)
{
    if (a->socket >= 0)
        close(a->socket);
    if (a->pid > 0) {
        kill(a->pid, SIGKILL);
        while (waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    a->socket = -1;
    a->pid = 0;
}

void assistant_free(struct assistant **assistant)
{
    if (*assistant == NULL)
        return;
    end(*assistant);
    free((*assistant)->program);
    free(*assistant);
    *assistant = NULL;
}

void assistant_after_fork(struct assistant *a)
{
    if (a->socket >= 0)
        close(a->socket);
    a->socket = -1;
    a->pid = 0;
}

static void become(const struct assistant *a, int socket, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    int null = open("/dev/null", O_WRONLY);
    dup2(socket, 0);
    dup2(socket, 1);
    dup2(null, 2);
    execl(a->program, a->program, (char *)NULL);
    _exit(127);
}

static bool start(struct assistant *a, struct error *error)
{
    int ends[2];
    if (access(a->program, X_OK) != 0)
        return error_system(error, "%s, which reads C for a session, cannot be started",
                            a->program);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_system(error, "no socket for %s", a->program);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(a, ends[1], parent);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_system(error, "%s cannot be started", a->program);
    }
    a->pid = pid;
    a->socket = ends[0];
    return true;
}

static bool send_line(struct assistant *a, const char *text)
{
    size_t size = strlen(text);
    for (size_t sent = 0; sent <= size;) {
        ssize_t done = sent < size ? send(a->socket, text + sent, size - sent, MSG_NOSIGNAL)
                                   : send(a->socket, "\n", 1, MSG_NOSIGNAL);
        if (done < 0 && errno != EINTR)
            return false;
        sent += done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* Everything up to the line's end. */
static json_t *read_line(struct assistant *a, bool (*stop)(void *context), void *context,
                         struct error *error)
{
    char *text = NULL;
    size_t used = 0;
    json_t *answer = NULL;
    for (int waited_ms = 0; waited_ms < ASSISTANT_WAIT_MS && used < ANSWER_SIZE_MAX;) {
        struct pollfd wait = {.fd = a->socket, .events = POLLIN};
        if (stop != NULL && stop(context)) {
            error_interrupted(error);
            goto out;
        }
        if (poll(&wait, 1, POLL_MS) <= 0) {
            waited_ms += POLL_MS;
            continue;
        }
        char *longer = realloc(text, used + READ_SIZE);
        ssize_t size = longer != NULL ? recv(a->socket, longer + used, READ_SIZE, 0) : -1;
        text = longer != NULL ? longer : text;
        if (size <= 0)
            break;
        used += (size_t)size;
        if (text[used - 1] == '\n') {
            answer = json_loadb(text, used, 0, NULL);
            break;
        }
    }
    if (answer == NULL)
        error_set(error, ERROR_SYSTEM, "%s, which reads C for a session, did not answer",
                  a->program);
out:
    free(text);
    return answer;
}

json_t *assistant_ask(struct assistant *a, json_t *question, bool (*stop)(void *context),
                      void *context, struct error *error)
{
    char *text = json_dumps(question, JSON_COMPACT);
    json_t *answer = NULL;
    json_decref(question);
    if (text == NULL) {
        error_memory(error, "a question about C", 0);
        return NULL;
    }
    bool running = a->pid > 0;
    if ((running || start(a, error)) &&
        (send_line(a, text) || (running && (end(a), start(a, error)) && send_line(a, text))))
        answer = read_line(a, stop, context, error);
    else if (a->pid > 0)
        error_system(error, "%s does not listen", a->program);
    if (answer == NULL)
        end(a); /* an answer that comes later is nobody's */
    free(text);
    const char *wrong = json_string_value(json_object_get(answer, "error"));
    if (wrong == NULL)
        return answer;
    error_set(error, ERROR_SYSTEM, "%s: %s", a->program, wrong);
    json_decref(answer);
    return NULL;
}
