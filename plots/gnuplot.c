/*
 * gnuplot - running the child.
 *
 *     we                                           gnuplot
 *     socket  ---- load '/dev/fd/3', print ... -->  stdin
 *     socket  <--- its warnings, then our mark ---  stdout, stderr
 *     script  ==== memory file 3 =================> what to draw
 *     svg     <=== memory file 4 =================  /dev/fd/4
 *     png     <=== memory file 5 =================  /dev/fd/5
 *
 * Why the script is not simply written to stdin: gnuplot reads stdin one byte a system call (98 ms for a grid of
 * 40 digits), a file in blocks (9 ms). Why memory files and not pipes or /tmp: nothing to drain while gnuplot works,
 * so no deadlock; nothing left on a disk when anyone is killed; each opening of /dev/fd/N starts at its beginning.
 *
 * The answer ends with a line that holds the number of the job, GPVAL_ERRNO and GPVAL_ERRMSG. After any error the child is ended: its
 * state is not worth guessing.
 */
#include "plots/gnuplot.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plots/script.h"
#include "plots/svg.h"
#include "plots/text.h"

enum {
    CHILD_SCRIPT = 3, /* descriptors in the child */
    CHILD_SVG = 4,
    CHILD_PNG = 5,
    CHILD_FIRST_UNUSED = 6,
    LOWEST_OWN =
        10, /* ours are kept clear of the child's, so that dup2 in the child clobbers none */
    REPLY_SIZE = 8192,   /* of a long answer the last half of this at least is kept */
    COMMAND_SIZE = 1024, /* what is written to stdin for one job */
    PATH_SIZE = 4096,
    MARK_SIZE = 64,
    PNG_SCALE = 2,
};

/* A pixel is 1/96 inch, pngcairo's font sizes are in points of 1/72, the SVG's in pixels. */
#define POINTS_PER_PIXEL 0.75
#define FONT_SIZE        13

struct gnuplot {
    char plots_dir[PATH_SIZE];
    char *program; /* as configured, or NULL */
    int timeout_ms;
    bool (*stop)(void *context);
    void *stop_context;

    pid_t pid;               /* 0: no child, and the descriptors are -1 */
    int socket;              /* both ways */
    int script, svg, png;    /* memory files shared with the child */
    unsigned long long jobs; /* numbers the marks */

    char reply[REPLY_SIZE]; /* what the child said since the job began, with a zero byte */
    size_t reply_size;
};

/* ---- errors and time ---------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static bool fail(struct plot_error *error,
                                                       enum plot_error_kind kind,
                                                       const char *format, ...)
{
    if (error != NULL) {
        va_list values;
        va_start(values, format);
        error->kind = kind;
        vsnprintf(error->text, sizeof error->text, format, values);
        va_end(values);
    }
    return false;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- life of the child -------------------------------------------------------------------------------------- */

static void close_if_open(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void close_descriptors(struct gnuplot *gnuplot)
{
    close_if_open(&gnuplot->socket);
    close_if_open(&gnuplot->script);
    close_if_open(&gnuplot->svg);
    close_if_open(&gnuplot->png);
}

/* It holds nothing that it would have to save, so it is ended at once. ECHILD: someone else has reaped it. */
static void end_child(struct gnuplot *gnuplot)
{
    if (gnuplot->pid > 0) {
        kill(gnuplot->pid, SIGKILL);
        while (waitpid(gnuplot->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    gnuplot->pid = 0;
    close_descriptors(gnuplot);
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
static bool open_descriptors(struct gnuplot *gnuplot, int *child_socket)
{
    int pair[2] = {-1, -1};
    *child_socket = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    gnuplot->socket = raise_descriptor(pair[0]);
    *child_socket = raise_descriptor(pair[1]);
    gnuplot->script = raise_descriptor(memfd_create("plot.gp", MFD_CLOEXEC));
    gnuplot->svg = raise_descriptor(memfd_create("plot.svg", MFD_CLOEXEC));
    gnuplot->png = raise_descriptor(memfd_create("plot.png", MFD_CLOEXEC));
    return gnuplot->socket >= 0 && *child_socket >= 0 && gnuplot->script >= 0 &&
           gnuplot->svg >= 0 && gnuplot->png >= 0;
}

/* The child gets the three memory files, the socket as all of stdin, stdout and stderr, and nothing else of ours. */
static bool add_file_actions(const struct gnuplot *gnuplot, int child_socket,
                             posix_spawn_file_actions_t *actions)
{
    bool added = true;
    for (int standard = 0; standard <= 2; standard++)
        added = added && posix_spawn_file_actions_adddup2(actions, child_socket, standard) == 0;
    added = added &&
            posix_spawn_file_actions_adddup2(actions, gnuplot->script, CHILD_SCRIPT) == 0 &&
            posix_spawn_file_actions_adddup2(actions, gnuplot->svg, CHILD_SVG) == 0 &&
            posix_spawn_file_actions_adddup2(actions, gnuplot->png, CHILD_PNG) == 0;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    added = added && posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FIRST_UNUSED) == 0;
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

/* The host's environment, but no window is opened and no locale changes a number. Caller frees with free; the
   strings are borrowed. */
static char **child_environment(void)
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

static const char *program_name(const struct gnuplot *gnuplot)
{
    const char *chosen = gnuplot->program != NULL ? gnuplot->program : getenv("MNIST_GNUPLOT");
    return chosen != NULL && chosen[0] != '\0' ? chosen : "gnuplot";
}

/* Starts the program; returns 0 or an errno. `-d`: no start-up file of the user's may change a picture. */
static int spawn(struct gnuplot *gnuplot, int child_socket)
{
    const char *program = program_name(gnuplot);
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **environment = child_environment();
    int number = ENOMEM;
    if (environment == NULL || posix_spawn_file_actions_init(&actions) != 0)
        goto out_environment;
    if (posix_spawnattr_init(&attributes) != 0)
        goto out_actions;
    if (add_file_actions(gnuplot, child_socket, &actions) && set_attributes(&attributes))
        number =
            posix_spawnp(&gnuplot->pid, program, &actions, &attributes, arguments, environment);
    if (number != 0)
        gnuplot->pid = 0;
    posix_spawnattr_destroy(&attributes);
out_actions:
    posix_spawn_file_actions_destroy(&actions);
out_environment:
    free(environment);
    return number;
}

static bool start_child(struct gnuplot *gnuplot, struct plot_error *error)
{
    int child_socket = -1;
    int number = 0;
    if (!open_descriptors(gnuplot, &child_socket))
        number = errno;
    else
        number = spawn(gnuplot, child_socket);
    close_if_open(&child_socket);
    if (number == 0)
        return true;
    close_descriptors(gnuplot);
    const char *program = program_name(gnuplot);
    if (number == ENOENT || number == EACCES || number == ENOTDIR)
        return fail(
            error, PLOT_ERROR_SYSTEM,
            "gnuplot was not found: \"%s\": %s. Install it (Debian and Ubuntu: apt-get install gnuplot-nox; "
            "Fedora: dnf install gnuplot; Arch: pacman -S gnuplot) or set MNIST_GNUPLOT to its path",
            program, strerror(number));
    return fail(error, PLOT_ERROR_SYSTEM, "gnuplot (\"%s\") cannot be started: %s", program,
                strerror(number));
}

/* Whether the child that served the last picture is still there. */
static bool is_alive(struct gnuplot *gnuplot)
{
    if (gnuplot->pid == 0)
        return false;
    pid_t ended = waitpid(gnuplot->pid, NULL, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return true;
    gnuplot->pid = 0;
    close_descriptors(gnuplot);
    return false;
}

/* ---- one conversation --------------------------------------------------------------------------------------- */

/* Keeps the end of what the child says: that is where the mark and the reason of a failure are. */
static void keep_reply(struct gnuplot *gnuplot, const char *bytes, size_t size)
{
    if (gnuplot->reply_size + size >= sizeof gnuplot->reply) {
        size_t kept = gnuplot->reply_size < sizeof gnuplot->reply / 2 ? gnuplot->reply_size
                                                                      : sizeof gnuplot->reply / 2;
        memmove(gnuplot->reply, gnuplot->reply + gnuplot->reply_size - kept, kept);
        gnuplot->reply_size = kept;
    }
    memcpy(gnuplot->reply + gnuplot->reply_size, bytes, size);
    gnuplot->reply_size += size;
    gnuplot->reply[gnuplot->reply_size] = '\0';
}

enum outcome { ANSWERED, GONE, STOPPED, TOO_SLOW };

/* Reads what there is. False when the child has closed its end. */
static bool receive(struct gnuplot *gnuplot)
{
    char bytes[REPLY_SIZE / 2 - 1];
    ssize_t size = recv(gnuplot->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    for (ssize_t i = 0; i < size; i++)
        if (bytes[i] == '\0')
            bytes[i] = ' ';
    keep_reply(gnuplot, bytes, (size_t)size);
    return size > 0;
}

/* The line that ends the answer, once it is there whole; else NULL. */
static const char *find_mark(const struct gnuplot *gnuplot, const char *mark)
{
    const char *found = strstr(gnuplot->reply, mark);
    return found != NULL && strchr(found, '\n') != NULL ? found : NULL;
}

/* Sends the commands and waits for the mark, at most timeout_ms, asking stop every GNUPLOT_POLL_MS. */
static enum outcome converse(struct gnuplot *gnuplot, const char *commands, const char *mark)
{
    size_t sent = 0, size = strlen(commands);
    long long end_ms = now_ms() + gnuplot->timeout_ms;
    gnuplot->reply_size = 0;
    gnuplot->reply[0] = '\0';
    while (find_mark(gnuplot, mark) == NULL) {
        if (gnuplot->stop != NULL && gnuplot->stop(gnuplot->stop_context))
            return STOPPED;
        if (now_ms() >= end_ms)
            return TOO_SLOW;
        struct pollfd wait = {.fd = gnuplot->socket, .events = POLLIN};
        if (sent < size)
            wait.events |= POLLOUT;
        if (poll(&wait, 1, GNUPLOT_POLL_MS) <= 0)
            continue; /* time to ask again, or EINTR */
        if ((wait.revents & POLLOUT) != 0 && sent < size) {
            ssize_t part =
                send(gnuplot->socket, commands + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (part > 0)
                sent += (size_t)part;
        }
        if ((wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(gnuplot))
            return find_mark(gnuplot, mark) != NULL ? ANSWERED : GONE;
    }
    return ANSWERED;
}

/* ---- what is said ------------------------------------------------------------------------------------------- */

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* The template's path and size as gnuplot variables, for the template's own `load` too. */
static bool write_header(const struct gnuplot *gnuplot, const struct gnuplot_job *job)
{
    struct script header = {0};
    char path[PATH_SIZE + PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.gp", gnuplot->plots_dir, job->template);
    /* A path is not text to be cleaned: script_text would change a name that is not UTF-8; such a folder is not
       found, and gnuplot says so. */
    script_text(&header, "plots_dir", gnuplot->plots_dir);
    script_text(&header, "template", path);
    script_number(&header, "width", job->width);
    script_number(&header, "height", job->height);
    bool written = !header.failed && write_all(gnuplot->script, header.bytes, header.size);
    script_release(&header);
    return written;
}

/* Both drawings. The PNG's lines, points and text are scaled so that both look the same. */
static bool write_drawing(const struct gnuplot *gnuplot, const struct gnuplot_job *job)
{
    char drawing[COMMAND_SIZE];
    int size =
        snprintf(drawing, sizeof drawing,
                 "\nset terminal svg noenhanced standalone fixed size %d,%d font '" SVG_FONT ",%d' "
                 "background '#ffffff'\n"
                 "set output '/dev/fd/%d'\nload template\nunset output\n"
                 "reset\n"
                 "set terminal pngcairo noenhanced size %d,%d font '" SVG_FONT
                 ",%d' fontscale %g linewidth %d "
                 "pointscale %d background '#ffffff'\n"
                 "set output '/dev/fd/%d'\nload template\nunset output\n",
                 job->width, job->height, FONT_SIZE, CHILD_SVG, PNG_SCALE * job->width,
                 PNG_SCALE * job->height, FONT_SIZE, PNG_SCALE * POINTS_PER_PIXEL, PNG_SCALE,
                 PNG_SCALE, CHILD_PNG);
    assert(size > 0 && (size_t)size < sizeof drawing);
    return write_all(gnuplot->script, drawing, (size_t)size);
}

static bool write_script(struct gnuplot *gnuplot, const struct gnuplot_job *job)
{
    return ftruncate(gnuplot->script, 0) == 0 && lseek(gnuplot->script, 0, SEEK_SET) == 0 &&
           ftruncate(gnuplot->svg, 0) == 0 && ftruncate(gnuplot->png, 0) == 0 &&
           write_header(gnuplot, job) &&
           write_all(gnuplot->script, job->definitions, job->definitions_size) &&
           write_drawing(gnuplot, job);
}

/* gnuplot's SVG begins with the pen that the drawing before it ended with. So that a picture repeats to the byte whatever
   came before it, each begins after the same small drawing, made for nobody. */
static void make_commands(char *commands, size_t size, const char *mark)
{
    snprintf(commands, size,
             "reset\nreset errors\nundefine $*\nset encoding utf8\n"
             "set terminal svg\nset output '/dev/null'\nplot 0\nunset output\n"
             "load '/dev/fd/%d'\n"
             "print sprintf('%s%%d', GPVAL_ERRNO)\n",
             CHILD_SCRIPT, mark);
}

/* ---- what comes of it --------------------------------------------------------------------------------------- */

/* The whole file with a zero byte behind it, or NULL with errno set (EFBIG, ENODATA, ENOMEM or read's). */
static char *read_whole(int file, size_t *size)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return NULL;
    if (status.st_size <= 0 || status.st_size > GNUPLOT_OUTPUT_MAX) {
        errno = status.st_size <= 0 ? ENODATA : EFBIG;
        return NULL;
    }
    size_t wanted = (size_t)status.st_size, used = 0;
    char *bytes = malloc(wanted + 1);
    while (bytes != NULL && used < wanted) {
        ssize_t part = pread(file, bytes + used, wanted - used, (off_t)used);
        if (part > 0) {
            used += (size_t)part;
        } else if (part == 0 || errno != EINTR) {
            free(bytes);
            return NULL;
        }
    }
    if (bytes != NULL)
        bytes[wanted] = '\0';
    *size = wanted;
    return bytes;
}

static bool take_picture(const struct gnuplot *gnuplot, const struct gnuplot_job *job,
                         struct picture *picture, struct plot_error *error)
{
    char title[TEXT_SIZE_MAX], sentence[PICTURE_SENTENCE_SIZE];
    text_clean(title, sizeof title, job->title);
    text_clean(sentence, sizeof sentence, job->sentence);
    struct picture made = {.width = job->width, .height = job->height};
    size_t raw_size = 0;
    char *raw = read_whole(gnuplot->svg, &raw_size);
    if (raw != NULL)
        made.svg = svg_tidy(raw, raw_size, title, sentence, &made.svg_size);
    free(raw);
    if (made.svg != NULL)
        made.png = (unsigned char *)read_whole(gnuplot->png, &made.png_size);
    if (made.png == NULL) {
        fail(error, PLOT_ERROR_SYSTEM, "gnuplot's picture of \"%s\" could not be read: %s",
             job->template, strerror(errno));
        picture_release(&made);
        return false;
    }
    memcpy(made.sentence, sentence, sizeof sentence);
    *picture = made;
    return true;
}

/* Adds a line's words to words[used], single spaces between; returns the new used. */
static size_t add_words(char *words, size_t size, size_t used, const char *line, const char *end)
{
    for (const char *p = line; p < end && used + 2 < size; p++) {
        bool space = (unsigned char)*p <= ' ';
        if (space && used > 0 && words[used - 1] != ' ')
            words[used++] = ' ';
        else if (!space)
            words[used++] = *p;
    }
    if (used > 0 && words[used - 1] != ' ')
        words[used++] = ' ';
    return used;
}

/* The reason in gnuplot's own words, on one line and without its warnings:
   "/usr/share/mnist/plots/loss.gp" line 12: undefined variable: x. */
static bool fail_in_its_words(const struct gnuplot *gnuplot, const struct gnuplot_job *job,
                              const char *end, struct plot_error *error)
{
    char words[PLOT_ERROR_TEXT_SIZE / 2];
    size_t used = 0;
    for (const char *line = gnuplot->reply; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next == NULL ? end : next;
        if (memmem(line, (size_t)(next - line), "arning", 6) == NULL)
            used = add_words(words, sizeof words, used, line, next);
        line = next < end ? next + 1 : end;
    }
    while (used > 0 && words[used - 1] == ' ')
        used--;
    words[used] = '\0';
    return fail(error, PLOT_ERROR_SYSTEM, "gnuplot could not draw \"%s\": %s", job->template,
                used > 0 ? words : "it ended without a word");
}

/* One try with the child that runs. *again: the child had gone before it said anything, so another may do better. */
static bool try_to_draw(struct gnuplot *gnuplot, const struct gnuplot_job *job, bool is_new,
                        struct picture *picture, struct plot_error *error, bool *again)
{
    char mark[MARK_SIZE], commands[COMMAND_SIZE];
    snprintf(mark, sizeof mark, "drawn %llu errors ", ++gnuplot->jobs);
    make_commands(commands, sizeof commands, mark);
    if (!write_script(gnuplot, job))
        return fail(error, PLOT_ERROR_SYSTEM, "the script of \"%s\" could not be written: %s",
                    job->template, strerror(errno));
    switch (converse(gnuplot, commands, mark)) {
    case STOPPED: return fail(error, PLOT_ERROR_INTERRUPTED, "interrupted");
    case TOO_SLOW:
        return fail(error, PLOT_ERROR_SYSTEM,
                    "gnuplot did not finish \"%s\" within %.3g s and was ended", job->template,
                    gnuplot->timeout_ms / 1000.0);
    case GONE:
        *again = gnuplot->reply_size == 0 && !is_new;
        return fail_in_its_words(gnuplot, job, gnuplot->reply + gnuplot->reply_size, error);
    case ANSWERED: break;
    }
    const char *answer = find_mark(gnuplot, mark);
    if (strtol(answer + strlen(mark), NULL, 10) != 0)
        return fail_in_its_words(gnuplot, job, answer, error);
    return take_picture(gnuplot, job, picture, error);
}

bool gnuplot_draw(struct gnuplot *gnuplot, const struct gnuplot_job *job, struct picture *picture,
                  struct plot_error *error)
{
    assert(job->template != NULL && job->width > 0 && job->height > 0);
    bool again = true, drawn = false;
    while (again && !drawn) {
        again = false;
        bool is_new = !is_alive(gnuplot);
        if (is_new && !start_child(gnuplot, error))
            return false;
        drawn = try_to_draw(gnuplot, job, is_new, picture, error, &again);
        if (!drawn)
            end_child(gnuplot);
    }
    return drawn;
}

/* ---- life of the struct ------------------------------------------------------------------------------------- */

struct gnuplot *gnuplot_new(const struct gnuplot_config *config)
{
    assert(config->plots_dir != NULL);
    struct gnuplot *gnuplot = calloc(1, sizeof *gnuplot);
    if (gnuplot == NULL)
        return NULL;
    char resolved[PATH_MAX];
    const char *plots_dir = realpath(config->plots_dir, resolved);
    snprintf(gnuplot->plots_dir, sizeof gnuplot->plots_dir, "%s",
             plots_dir != NULL ? plots_dir : config->plots_dir);
    if (config->program != NULL) {
        gnuplot->program = strdup(config->program);
        if (gnuplot->program == NULL) {
            free(gnuplot);
            return NULL;
        }
    }
    gnuplot->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : GNUPLOT_TIMEOUT_MS;
    gnuplot->stop = config->stop;
    gnuplot->stop_context = config->stop_context;
    gnuplot->socket = gnuplot->script = gnuplot->svg = gnuplot->png = -1;
    return gnuplot;
}

void gnuplot_free(struct gnuplot **gnuplot)
{
    if (*gnuplot != NULL) {
        end_child(*gnuplot);
        free((*gnuplot)->program);
        free(*gnuplot);
    }
    *gnuplot = NULL;
}

void gnuplot_set_stop(struct gnuplot *gnuplot, bool (*stop)(void *context), void *context)
{
    gnuplot->stop = stop;
    gnuplot->stop_context = context;
}

void gnuplot_after_fork(struct gnuplot *gnuplot)
{
    gnuplot->pid = 0;
    close_descriptors(gnuplot);
}

int gnuplot_pid(const struct gnuplot *gnuplot)
{
    return (int)gnuplot->pid;
}
