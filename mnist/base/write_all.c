/*
 * write_all - see write_all.h.
 */
#include "mnist/base/write_all.h"

#include <errno.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

bool write_all(int file, const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size > 0) {
        ssize_t written = write(file, from, size);
        if (written >= 0) {
            from += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) { /* O_NONBLOCK, which a C cell may set on stdout */
            struct pollfd room = {.fd = file, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}
