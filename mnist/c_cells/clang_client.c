/*
 * clang_client - starts mnist-clang; sends a line and reads a line.
 *
 * The process dies with the session (PR_SET_PDEATHSIG). After a failure it is killed, because a
 * late answer would be taken for that of the next question.
 */
#include "mnist/c_cells/clang_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mnist/base/string_buffer.h"
#include "mnist/process/spawn_program.h"

enum { POLL_MS = 50, READ_SIZE = 64 * 1024, ANSWER_SIZE_MAX = 64 * 1024 * 1024 };

struct clang_client {
    char *program;
    pid_t pid; /* 0 = not running */
    int socket;
    struct string_buffer answer; /* the received part */
};

struct clang_client *clang_client_new(const char *program)
{
    struct clang_client *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->socket = -1;
    string_buffer_init(&a->answer, ANSWER_SIZE_MAX);
    a->program = strdup(program);
    if (a->program == NULL)
        clang_client_free(&a);
    return a;
}

static void end(struct clang_client *a)
{
    if (a->socket >= 0)
        close(a->socket);
    if (a->pid > 0 && waitpid(a->pid, NULL, WNOHANG) == 0) { /* still running */
        kill(a->pid, SIGKILL);
        while (waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    a->socket = -1;
    a->pid = 0;
}

void clang_client_free(struct clang_client **clang_client)
{
    if (*clang_client == NULL)
        return;
    end(*clang_client);
    free((*clang_client)->program);
    string_buffer_release(&(*clang_client)->answer);
    free(*clang_client);
    *clang_client = NULL;
}

void clang_client_after_fork(struct clang_client *a)
{
    if (a->socket >= 0)
        close(a->socket);
    a->socket = -1;
    a->pid = 0;
    string_buffer_clear(&a->answer);
}

static bool start(struct clang_client *a, struct error *error)
{
    const char *const arguments[] = {a->program, NULL};
    int ends[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC), number;
    if (null < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        if (null >= 0)
            close(null);
        return error_system(error, "%s: a socket cannot be created", a->program);
    }
    const int files[] = {ends[1], ends[1], null};
    const struct spawn_config config = {.program = a->program,
                                        .arguments = arguments,
                                        .files = files,
                                        .file_count = 3,
                                        .end_with_caller = true};
    number = spawn_program(&config, &a->pid);
    close(ends[1]);
    close(null);
    if (number != 0) {
        close(ends[0]);
        errno = number;
        return error_system(error, "%s, which parses C cells, cannot be started", a->program);
    }
    a->socket = ends[0];
    return true;
}

static bool send_line(struct clang_client *a, const char *text)
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

bool clang_client_begin(struct clang_client *a, json_t *question, struct error *error)
{
    char *text = json_dumps(question, JSON_COMPACT);
    json_decref(question);
    if (text == NULL)
        return error_memory(error, "a question about C", 0);
    bool running = a->pid > 0;
    bool sent = (running || start(a, error)) && send_line(a, text);
    if (!sent && running) { /* it has died since the last question */
        end(a);
        sent = start(a, error) && send_line(a, text);
    }
    free(text);
    if (!sent && a->pid > 0) {
        end(a);
        return error_set(error, ERROR_SYSTEM, "a request cannot be sent to %s", a->program);
    }
    return sent;
}

int clang_client_descriptor(const struct clang_client *a)
{
    return a->socket;
}

void clang_client_give_up(struct clang_client *a)
{
    end(a);
    string_buffer_release(&a->answer);
}

/* The whole line has been received. */
static enum clang_client_status parse_answer(struct clang_client *a, json_t **answer,
                                             struct error *error)
{
    *answer = json_loadb(a->answer.bytes, a->answer.size, 0, NULL);
    string_buffer_clear(&a->answer);
    const char *wrong = json_string_value(json_object_get(*answer, "error"));
    if (*answer != NULL && wrong == NULL)
        return CLANG_CLIENT_ANSWERED;
    error_set(error, ERROR_SYSTEM, "%s: %s", a->program,
              wrong != NULL ? wrong : "the answer is not JSON");
    json_decref(*answer);
    *answer = NULL;
    return CLANG_CLIENT_FAILED;
}

enum clang_client_status clang_client_poll(struct clang_client *a, json_t **answer,
                                           struct error *error)
{
    *answer = NULL;
    for (;;) {
        char part[READ_SIZE];
        ssize_t size = recv(a->socket, part, sizeof part, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return CLANG_CLIENT_WAITS;
        if (size <= 0)
            break;
        string_buffer_add_bytes(&a->answer, part, (size_t)size);
        if (a->answer.failed)
            break;
        if (part[size - 1] == '\n')
            return parse_answer(a, answer, error);
    }
    clang_client_give_up(a);
    error_set(error, ERROR_SYSTEM, "%s, which parses C cells, died", a->program);
    return CLANG_CLIENT_FAILED;
}

json_t *clang_client_ask(struct clang_client *a, json_t *question, bool (*stop)(void *context),
                         void *context, struct error *error)
{
    json_t *answer = NULL;
    if (!clang_client_begin(a, question, error))
        return NULL;
    for (int waited_ms = 0; waited_ms < CLANG_CLIENT_WAIT_MS;) {
        struct pollfd wait = {.fd = a->socket, .events = POLLIN};
        if (stop != NULL && stop(context)) {
            clang_client_give_up(a);
            error_interrupted(error);
            return NULL;
        }
        if (poll(&wait, 1, POLL_MS) <= 0)
            waited_ms += POLL_MS;
        else if (clang_client_poll(a, &answer, error) != CLANG_CLIENT_WAITS)
            return answer;
    }
    clang_client_give_up(a);
    error_set(error, ERROR_SYSTEM, "%s, which parses C cells, did not answer", a->program);
    return NULL;
}
