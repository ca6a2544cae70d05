/*
 * parent_watch - the process that started the kernel, as it says in JPY_PARENT_PID: when it ends, so does
 * the kernel.
 */
#ifndef KERNEL_FRONT_PARENT_WATCH_H
#define KERNEL_FRONT_PARENT_WATCH_H

#include <stdbool.h>

#include "mnist/base/errors.h"

/* Sets *descriptor to one that becomes readable when the parent ends; -1 when there is none to
   watch (the variable is not set, or its process cannot be seen from here, as from inside a
   container). False with error set: it has ended already. */
bool parent_watch(int *descriptor, struct error *error);

#endif
