/*
 * install - parses the arguments, chooses the folder, and writes the files of the kernelspec.
 *
 * kernel.json is written last: Jupyter ignores a folder without it, so an interrupted installation
 * leaves no incomplete kernelspec.
 */
#include "kernel/front/install.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mnist/base/atomic_file.h"

enum { EXIT_USAGE = 2, LOGO_SIZE_MAX = 1024 * 1024 };

static const char *const logos[] = {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"};

struct install_plan {
    const char *name, *display_name;
    const char *program;    /* the program that Jupyter starts; NULL = this program */
    char kernels[PATH_MAX]; /* the folder of all kernelspecs */
};

/* ---- paths ---- */

/* Writes folder/name. False with error set if the path is too long. */
static bool join(char path[PATH_MAX], const char *folder, const char *name, struct error *error)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return (size >= 0 && size < PATH_MAX) ||
           error_set(error, ERROR_SYSTEM, "the path %.200s/… is too long", folder);
}

static bool own_path(char path[PATH_MAX], struct error *error)
{
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (size < 0)
        return error_system(error, "the path of this program (/proc/self/exe) cannot be read");
    path[size] = '\0';
    return true;
}

bool install_own_folder(char folder[PATH_MAX], struct error *error)
{
    if (!own_path(folder, error))
        return false;
    *strrchr(folder, '/') = '\0';
    return true;
}

/* As in jupyter_core: $JUPYTER_DATA_DIR, otherwise jupyter in $XDG_DATA_HOME, otherwise jupyter in
   ~/.local/share. */
static bool user_kernels(char path[PATH_MAX], struct error *error)
{
    const char *own = getenv("JUPYTER_DATA_DIR"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    if (own != NULL && *own != '\0')
        return join(path, own, "kernels", error);
    if (data != NULL && *data != '\0')
        return join(path, data, "jupyter/kernels", error);
    if (home != NULL && *home != '\0')
        return join(path, home, ".local/share/jupyter/kernels", error);
    return error_set(error, ERROR_USAGE,
                     "--user: HOME is not set, so the folder is unknown; use --prefix DIR");
}

static bool environment_kernels(char path[PATH_MAX], struct error *error)
{
    const char *prefix = getenv("VIRTUAL_ENV");
    if (prefix == NULL || *prefix == '\0')
        prefix = getenv("CONDA_PREFIX");
    if (prefix == NULL || *prefix == '\0')
        return error_set(
            error, ERROR_USAGE,
            "--sys-prefix: neither VIRTUAL_ENV nor CONDA_PREFIX is set; activate one or use "
            "--prefix DIR");
    return join(path, prefix, "share/jupyter/kernels", error);
}

/* ---- files ---- */

/* Readable for all users, whatever umask the installing user has. */
static bool write_file(const char *folder, const char *name, const char *bytes, size_t size,
                       struct error *error)
{
    char path[PATH_MAX];
    const struct atomic_file_part file = {bytes, size};
    return join(path, folder, name, error) && atomic_file_write(path, &file, 1, error) &&
           (chmod(path, 0644) == 0 || error_system(error, "%s: mode 0644 cannot be set", path));
}

/* Copies a logo from the first folder that contains it. A logo that is not found is omitted; the
   launcher then shows letters. */
static bool copy_logo(const char *folder, const char *name, struct error *error)
{
    static const char *const places[] = {"../../kernel/logos", "../kernel/logos",
                                         "../share/mnist/logos"};
    char own[PATH_MAX], place[PATH_MAX], path[PATH_MAX];
    if (!install_own_folder(own, error))
        return false;
    FILE *logo = NULL;
    for (size_t i = 0; logo == NULL && i < sizeof places / sizeof places[0]; i++) {
        if (!join(place, own, places[i], error) || !join(path, place, name, error))
            return false;
        logo = fopen(path, "re");
    }
    char *bytes = logo != NULL ? malloc(LOGO_SIZE_MAX) : NULL;
    size_t size = bytes != NULL ? fread(bytes, 1, LOGO_SIZE_MAX, logo) : 0;
    bool good = size == 0 || write_file(folder, name, bytes, size, error);
    free(bytes);
    if (logo != NULL)
        fclose(logo);
    return good;
}

static char *kernel_json(const struct install_plan *plan, const char *program)
{
    json_t *spec = json_pack("{s:[s, s], s:s, s:s, s:s, s:{s:b}}", "argv", program,
                             "{connection_file}", "display_name", plan->display_name, "language",
                             "mnist", "interrupt_mode", "message", "metadata", "debugger", 0);
    char *text = spec != NULL ? json_dumps(spec, JSON_INDENT(2)) : NULL;
    json_decref(spec);
    return text;
}

static bool install(const struct install_plan *plan, struct error *error)
{
    char folder[PATH_MAX], program[PATH_MAX];
    if (!join(folder, plan->kernels, plan->name, error) ||
        (plan->program == NULL && !own_path(program, error)) ||
        !atomic_file_make_folder(folder, 0755, error))
        return false;
    for (size_t i = 0; i < sizeof logos / sizeof logos[0]; i++) {
        if (!copy_logo(folder, logos[i], error))
            return false;
    }
    char *text = kernel_json(plan, plan->program != NULL ? plan->program : program);
    bool good = text != NULL ? write_file(folder, "kernel.json", text, strlen(text), error)
                             : error_set(error, ERROR_SYSTEM,
                                         "kernel.json cannot be created: the program's path or the "
                                         "display name is not UTF-8, or memory ran out");
    free(text);
    if (good)
        printf("Installed kernelspec %s in %s\n", plan->name, folder);
    return good;
}

/* ---- arguments ---- */

/* jupyter_client accepts letters, digits, `.`, `_` and `-`. */
static bool name_valid(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return *name != '\0' && name[strspn(name, letters)] == '\0' && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* False with error set; an empty text means that the usage must be printed. */
static bool parse(struct install_plan *plan, int count, char **arguments, struct error *error)
{
    static const struct option options[] = {
        {"user", no_argument, NULL, 'u'},
        {"sys-prefix", no_argument, NULL, 's'},
        {"prefix", required_argument, NULL, 'p'},
        {"name", required_argument, NULL, 'n'},
        {"display-name", required_argument, NULL, 'd'},
        {"program", required_argument, NULL, 'e'},
        {0},
    };
    int option, place = 'u';
    const char *prefix = NULL;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        switch (option) {
        case 'u':
        case 's': place = option; break;
        case 'p':
            place = option;
            prefix = optarg;
            break;
        case 'n': plan->name = optarg; break;
        case 'd': plan->display_name = optarg; break;
        case 'e': plan->program = optarg; break;
        default: return error_set(error, ERROR_USAGE, "%s", "");
        }
    }
    if (optind < count)
        return error_set(error, ERROR_USAGE, "install: unexpected argument \"%s\"",
                         arguments[optind]);
    if (!name_valid(plan->name))
        return error_set(error, ERROR_USAGE,
                         "--name must consist of letters, digits, `.`, `_` and `-`, found \"%s\"",
                         plan->name);
    if (place == 'p')
        return join(plan->kernels, prefix, "share/jupyter/kernels", error);
    return place == 's' ? environment_kernels(plan->kernels, error)
                        : user_kernels(plan->kernels, error);
}

int install_main(int count, char **arguments, const char *usage)
{
    struct install_plan plan = {.name = "mnist", .display_name = "MNIST (C)"};
    struct error error;
    if (!parse(&plan, count, arguments, &error)) {
        if (error.text[0] != '\0')
            fprintf(stderr, "mnist-kernel: %s\n", error.text);
        else
            fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (!install(&plan, &error)) {
        fprintf(stderr, "mnist-kernel: %s\n", error.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
