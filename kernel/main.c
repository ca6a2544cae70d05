/*
 * main - the program mnist-kernel: parses the command line and finds the other programs.
 *
 *     mnist-kernel CONNECTION_FILE     runs the kernel (front.h); Jupyter starts it in this form
 *     mnist-kernel install …           installs the kernelspec (install.h)
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/front/connection.h"
#include "kernel/front/front.h"
#include "kernel/front/install.h"
#include "kernel/front/iopub.h"
#include "mnist/base/version.h"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: mnist-kernel CONNECTION_FILE\n"
    "       mnist-kernel install [--user | --sys-prefix | --prefix DIR] [--name NAME]\n"
    "                            [--display-name TEXT] [--program PATH]\n"
    "       mnist-kernel --version | --help\n"
    "\n"
    "Jupyter uses the first form. The second installs a kernelspec:\n"
    "  --user              for the current user (default)\n"
    "  --sys-prefix        for the Python environment in $VIRTUAL_ENV or $CONDA_PREFIX\n"
    "  --prefix DIR        in DIR/share/jupyter/kernels\n"
    "  --name NAME         name of the kernelspec (default: mnist)\n"
    "  --display-name TEXT name in the launcher (default: MNIST (C))\n"
    "  --program PATH      program that Jupyter starts (default: this one)\n"
    "\n"
    "Environment: MNIST_HISTORY (history file), MNIST_SESSION (session program),\n"
    "MNIST_INTERRUPT_WAIT_MS, MNIST_READY_WAIT_MS, MNIST_PENDING_MAX (limits).\n";

/* An environment variable as an integer from 1 to max; fallback if it is not set or is invalid. */
static long environment_integer(const char *name, long fallback, long max)
{
    const char *text = getenv(name);
    char *end = NULL;
    if (text == NULL || *text == '\0')
        return fallback;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno == 0 && *end == '\0' && value >= 1 && value <= max)
        return value;
    struct error error;
    error_set(&error, ERROR_USAGE, "%s is \"%.100s\", expected an integer from 1 to %ld; using %ld",
              name, text, max, fallback);
    fprintf(stderr, "mnist-kernel: %s\n", error.text);
    return fallback;
}

/* Opens descriptors 0, 1 and 2 if they are closed, so that no later descriptor gets these
   numbers. */
static void fill_standard_descriptors(void)
{
    int file;
    do {
        file = open("/dev/null", O_RDWR);
    } while (file >= 0 && file <= 2);
    if (file > 2)
        close(file);
}

/* The session program: $MNIST_SESSION, otherwise in this program's folder, otherwise in the
   folder to which `make install` copies it. */
static bool find_session(char path[PATH_MAX], struct error *error)
{
    static const char *const places[] = {"mnist-session", "../libexec/mnist/mnist-session"};
    const char *given = getenv("MNIST_SESSION");
    if (given != NULL && *given != '\0') {
        snprintf(path, PATH_MAX, "%s", given);
        return true;
    }
    char folder[PATH_MAX];
    if (!install_own_folder(folder, error))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int size = snprintf(path, PATH_MAX, "%s/%s", folder, places[i]);
        if (size < PATH_MAX && access(path, X_OK) == 0)
            return true;
    }
    return error_set(error, ERROR_SYSTEM,
                     "mnist-session is neither in %s nor in %s/../libexec/mnist; run `make`",
                     folder, folder);
}

/* mnist-clang, in the same folders. Without it, completion in C cells is empty. */
static void find_clang(char path[PATH_MAX])
{
    static const char *const places[] = {"mnist-clang", "../libexec/mnist/mnist-clang"};
    char folder[PATH_MAX];
    struct error error;
    path[0] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!install_own_folder(folder, &error) ||
            snprintf(path, PATH_MAX, "%s/%s", folder, places[i]) >= PATH_MAX)
            path[0] = '\0';
        if (access(path, X_OK) == 0)
            return;
    }
}

static int fail(const struct error *error)
{
    fprintf(stderr, "mnist-kernel: %s\n", error->text);
    return EXIT_FAILURE;
}

static int serve(const char *connection_file)
{
    struct connection connection;
    struct error error;
    char session[PATH_MAX], clang[PATH_MAX];
    if (!connection_read(&connection, connection_file, &error) || !find_session(session, &error))
        return fail(&error);
    if (connection_warning(&connection) != NULL)
        fprintf(stderr, "mnist-kernel: %s\n", connection_warning(&connection));
    find_clang(clang);
    const struct front_config config = {
        .connection = &connection,
        .session_program = session,
        .clang_program = clang,
        .interrupt_wait_ms =
            (int)environment_integer("MNIST_INTERRUPT_WAIT_MS", FRONT_INTERRUPT_WAIT_MS, INT_MAX),
        .ready_wait_ms =
            (int)environment_integer("MNIST_READY_WAIT_MS", FRONT_READY_WAIT_MS, INT_MAX),
        .pending_max =
            (size_t)environment_integer("MNIST_PENDING_MAX", (long)IOPUB_PENDING_MAX, LONG_MAX),
    };
    return front_serve(&config, &error) ? EXIT_SUCCESS : fail(&error);
}

int main(int argc, char **argv)
{
    fill_standard_descriptors();
    if (argc >= 2 && strcmp(argv[1], "install") == 0)
        return install_main(argc - 1, argv + 1, usage);
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("mnist-kernel %s\n", MNIST_VERSION);
        return EXIT_SUCCESS;
    }
    if (argc == 3 && strcmp(argv[1], "-f") == 0)
        return serve(argv[2]);
    if (argc == 2 && argv[1][0] != '-')
        return serve(argv[1]);
    fputs(usage, stderr);
    return EXIT_USAGE;
}
