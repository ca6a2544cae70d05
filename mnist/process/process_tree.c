/*
 * process_tree - /proc/PID/task/TID/children, read level by level.
 */
#include "mnist/process/process_tree.h"

#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 20 };

static int add_children(pid_t process, const char *thread, pid_t *list, int count)
{
    char path[80];
    int pid;
    snprintf(path, sizeof path, "/proc/%ld/task/%.20s/children", (long)process, thread);
    FILE *file = fopen(path, "re");
    while (file != NULL && count < PROCESS_TREE_MAX && fscanf(file, "%d", &pid) == 1)
        list[count++] = pid;
    if (file != NULL)
        fclose(file);
    return count;
}

int process_tree_list(pid_t process, pid_t *list)
{
    char path[40];
    int count = 0;
    assert(process > 0);
    snprintf(path, sizeof path, "/proc/%ld/task", (long)process);
    DIR *threads = opendir(path);
    for (struct dirent *thread; threads != NULL && (thread = readdir(threads)) != NULL;)
        if (thread->d_name[0] != '.')
            count = add_children(process, thread->d_name, list, count);
    if (threads != NULL)
        closedir(threads);
    return count;
}

static bool contains(const pid_t *list, int count, pid_t pid)
{
    for (int i = 0; i < count; i++)
        if (list[i] == pid)
            return true;
    return false;
}

/* Stops those children of found [count] that are not in the list and appends them. Returns the new
   length. */
static int stop_new(pid_t *found, int count, pid_t *children)
{
    for (int i = 0; i < count; i++) {
        int more = process_tree_list(found[i], children);
        for (int c = 0; c < more && count < PROCESS_TREE_MAX; c++)
            if (!contains(found, count, children[c])) {
                kill(children[c], SIGSTOP);
                found[count++] = children[c];
            }
    }
    return count;
}

int process_tree_end(const pid_t *roots, int count)
{
    assert(count >= 0);
    pid_t *found = malloc(2 * PROCESS_TREE_MAX * sizeof *found);
    int known = count < PROCESS_TREE_MAX ? count : PROCESS_TREE_MAX;
    if (found == NULL || count == 0) {
        free(found);
        return 0;
    }
    memcpy(found, roots, (size_t)known * sizeof *found);
    for (int i = 0; i < known; i++) {
        assert(found[i] > 0); /* 0 and -1 would stop a group, or all processes */
        kill(found[i], SIGSTOP);
    }
    for (int round = 0, before = 0; round < ROUNDS_MAX && before != known; round++) {
        before = known;
        known = stop_new(found, known, found + PROCESS_TREE_MAX);
    }
    for (int i = 0; i < known; i++)
        kill(found[i], SIGKILL);
    free(found);
    return known;
}
