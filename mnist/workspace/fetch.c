/*
 * fetch - runs the script fetch-data as a child process, connected by two pipes (see fetch.h).
 *
 * The child inherits no descriptor but its three standard streams, has its own process group, and
 * reads standard input only to notice the end of this process. The loop polls its output every
 * POLL_MS and reports progress; an interrupt closes the input and waits END_WAIT_MS before SIGKILL.
 */
#include "mnist/workspace/fetch.h"

#include "mnist/data/dataset_files.h"
#include "mnist/process/spawn_program.h"
#include "mnist/workspace/session_state.h"
#include "mnist/workspace/work.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RECORD_SIZE = 1024, /* bytes of a line; the rest of a longer line is dropped */
    FIELDS_MAX = 4,
    REASONS_SIZE = 400,
    POLL_MS = 20,
    END_WAIT_MS = 3000, /* for the script to remove its temporary folder */
};

struct fetch {
    struct session *session;
    const char *set, *folder;
    struct work work;
    double done, total;
    pid_t pid;
    int in, out; /* this process's ends of the pipes; -1 = closed */
    char line[RECORD_SIZE];
    size_t used;
    char reasons[REASONS_SIZE]; /* "SOURCE: REASON; SOURCE: REASON" */
    char failure[REASONS_SIZE]; /* text of an error record, or the last line that is not a record */
};

/* ---- the child ---- */

/* The error for missing files: the reason with its remedy, then the remedy that always works. */
static bool fail_missing(const struct fetch *fetch, const char *reason, struct error *error)
{
    return error_set(error, ERROR_SYSTEM,
                     "%s: files of %s are missing%s, or put the four published files "
                     "(train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
                     "t10k-labels-idx1-ubyte; plain or .gz) into this folder, or use `load FOLDER` "
                     "if they are in another folder",
                     fetch->folder, fetch->set, reason);
}

static bool start_failed(const struct fetch *fetch, int number, struct error *error)
{
    errno = number;
    return number == ENOENT
               ? fail_missing(fetch,
                              ", and python3, which downloads them, is not installed: install it "
                              "(Debian: apt-get install python3)",
                              error)
               : error_system(error, "the script fetch-data cannot be started");
}

static bool start(struct fetch *fetch, struct error *error)
{
    static const char *const variables[] = {"LD_PRELOAD", "PYTHONIOENCODING=utf-8", NULL};
    const struct project_paths *places = &fetch->session->places;
    const char *const arguments[] = {"python3",    places->fetch, "--report", "--into",
                                     places->data, fetch->set,    NULL};
    const struct spawn_config config = {
        .program = "python3", .arguments = arguments, .variables = variables, .new_group = true};
    int number = spawn_with_pipes(&config, &fetch->pid, &fetch->in, &fetch->out);
    return number == 0 || start_failed(fetch, number, error);
}

/* Closes the script's input, which makes it exit, and kills it after END_WAIT_MS. Returns its wait
   status. */
static int finish(struct fetch *fetch)
{
    int status = 0;
    if (fetch->in >= 0)
        close(fetch->in);
    if (fetch->out >= 0)
        close(fetch->out);
    for (int waited_ms = 0; fetch->pid > 0; waited_ms += POLL_MS) {
        pid_t ended = waitpid(fetch->pid, &status, WNOHANG);
        if (ended == fetch->pid || (ended < 0 && errno != EINTR))
            break;
        if (waited_ms >= END_WAIT_MS)
            kill(-fetch->pid, SIGKILL);
        poll(NULL, 0, POLL_MS);
    }
    return status;
}

/* ---- records ---- */

static int split(char *line, char *fields[FIELDS_MAX])
{
    int count = 0;
    for (char *rest = line; count < FIELDS_MAX && rest != NULL;)
        fields[count++] = strsep(&rest, "\t");
    return count;
}

static void read_progress(struct fetch *fetch, char *const fields[FIELDS_MAX])
{
    if (strcmp(fetch->work.note, fields[3]) != 0) {
        work_begin(&fetch->work, fetch->session, "downloading", "MB");
        fetch->work.scale = 1e-6;
        snprintf(fetch->work.note, sizeof fetch->work.note, "%s", fields[3]);
    }
    fetch->done = strtod(fields[1], NULL);
    fetch->total = strtod(fields[2], NULL);
}

static void read_record(struct fetch *fetch, char *line)
{
    char *fields[FIELDS_MAX];
    int count = split(line, fields);
    size_t used = strlen(fetch->reasons);
    if (count == 4 && strcmp(fields[0], "progress") == 0)
        read_progress(fetch, fields);
    else if (count == 3 && strcmp(fields[0], "failed") == 0)
        snprintf(fetch->reasons + used, sizeof fetch->reasons - used, "%s%s: %s",
                 used > 0 ? "; " : "", fields[1], fields[2]);
    else if (count == 2 && strcmp(fields[0], "error") == 0)
        snprintf(fetch->failure, sizeof fetch->failure, "%s", fields[1]);
    else if (count == 1 && line[0] != '\0' && line[0] != ' ')
        snprintf(fetch->failure, sizeof fetch->failure, "%.300s", line);
}

static void read_bytes(struct fetch *fetch, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            if (fetch->used < sizeof fetch->line - 1)
                fetch->line[fetch->used++] = bytes[i];
            continue;
        }
        fetch->line[fetch->used] = '\0';
        fetch->used = 0;
        read_record(fetch, fetch->line);
    }
}

/* Reads records until the script closes its output. False: interrupted by the user. */
static bool serve(struct fetch *fetch)
{
    for (;;) {
        char bytes[4096];
        struct pollfd wait = {.fd = fetch->out, .events = POLLIN};
        if (!progress_tick(&fetch->work.progress, fetch->done, fetch->total))
            return false;
        if (poll(&wait, 1, POLL_MS) <= 0)
            continue;
        ssize_t size = read(fetch->out, bytes, sizeof bytes);
        if (size == 0 || (size < 0 && errno != EINTR))
            return true;
        if (size > 0)
            read_bytes(fetch, bytes, (size_t)size);
    }
}

/* ---- result ---- */

static bool check_status(const struct fetch *fetch, int status, struct error *error)
{
    char reason[REASONS_SIZE + 128];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    snprintf(reason, sizeof reason,
             " and could not be downloaded (%s): check the network connection and use `load %s` "
             "again",
             fetch->failure[0] != '\0'   ? fetch->failure
             : fetch->reasons[0] != '\0' ? fetch->reasons
                                         : "fetch-data failed without a message",
             fetch->set);
    return fail_missing(fetch, reason, error);
}

bool fetch_if_missing(struct session *s, const char *set, const char *folder, struct error *error)
{
    struct fetch fetch = {.session = s, .set = set, .folder = folder, .in = -1, .out = -1};
    if (dataset_files_complete(folder))
        return true;
    if (!project_paths_exists(s->places.fetch))
        return fail_missing(&fetch,
                            ", and the script fetch-data, which downloads them, is missing too: "
                            "reinstall the program",
                            error);
    work_begin(&fetch.work, s, "downloading", "MB");
    bool served = start(&fetch, error);
    bool stopped = served && !serve(&fetch);
    int status = finish(&fetch);
    if (!served)
        return false;
    return stopped ? error_interrupted(error) : check_status(&fetch, status, error);
}
