/*
 * parent_watch - ends the kernel when the process that started it ends.
 *
 * jupyter_client passes that process's pid in the environment variable JPY_PARENT_PID. The main
 * loop waits for the descriptor.
 */
#ifndef KERNEL_FRONT_PARENT_WATCH_H
#define KERNEL_FRONT_PARENT_WATCH_H

#include <stdbool.h>

#include "mnist/base/errors.h"

/* Sets *descriptor to a descriptor that becomes readable when the parent ends; to -1 if the
   variable is not set or its process is not visible here, for example from inside a container.
   False with error set: the parent has already ended. */
bool parent_watch(int *descriptor, struct error *error);

#endif
