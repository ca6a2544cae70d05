/*
 * spawn_program - starts a program as a child process.
 *
 * The child's state is defined by spawn_config alone: exactly the given open files, the default
 * action for every signal, no blocked signals, the caller's environment with the given changes. C
 * cells can change all of these in the caller. Used for the session process, mnist-clang, the
 * compiler, gnuplot and the download script.
 *
 * vfork(2): the calling thread is suspended until the child has executed the program or failed, and
 * the child shares the caller's memory, so that no page tables are copied (a session may hold
 * gigabytes) and the child can report the errno of its failure.
 */
#ifndef MNIST_PROCESS_SPAWN_PROGRAM_H
#define MNIST_PROCESS_SPAWN_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

enum { SPAWN_FILES_MAX = 8 };

struct spawn_config {
    const char *program;          /* path, or name to be searched in PATH                        */
    const char *const *arguments; /* argv, ends with NULL                                        */
    const int *files;             /* [file_count] the child's descriptors 0, 1, ...; borrowed    */
    int file_count;               /* 3 .. SPAWN_FILES_MAX                                        */
    const char *folder;           /* working folder; NULL = the caller's                         */
    const char *const *variables; /* ends with NULL: "NAME=value" sets, "NAME" removes; or NULL  */
    bool new_group;               /* the child leads a process group of its own                  */
    bool end_with_caller;         /* the child is killed when the calling thread ends            */
};

/* Returns 0 and *pid, which the caller reaps with waitpid(); or the errno of the failure: ENOENT if
   there is no such program. */
__attribute__((warn_unused_result)) int spawn_program(const struct spawn_config *config,
                                                      pid_t *pid);

/* spawn_program with two new pipes: the child's standard input, and its standard output and error.
   The caller closes *in and *out. config has no files. On failure both are -1. */
__attribute__((warn_unused_result)) int spawn_with_pipes(const struct spawn_config *config,
                                                         pid_t *pid, int *in, int *out);

#endif
