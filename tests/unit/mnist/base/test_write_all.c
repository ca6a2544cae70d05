/*
 * test_write_all - every byte arrives, also through a full non-blocking pipe.
 *
 * Proves: 1 MiB written to a non-blocking pipe of 64 KiB is read complete and in order by another
 * thread; writing to a closed descriptor fails with errno; writing no bytes succeeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "mnist/base/write_all.h"

enum { SIZE = 1 << 20 };

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 31 + i / 256);
}

/* Reads until the end of the file; returns NULL if every byte was right. */
static void *read_everything(void *context)
{
    int file = *(int *)context;
    unsigned char bytes[1000];
    size_t at = 0;
    ssize_t size;
    usleep(20000); /* the pipe is full by now */
    while ((size = read(file, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < size; i++, at++)
            if (bytes[i] != byte_at(at))
                return context;
    return at == SIZE ? NULL : context;
}

static void test_full_pipe(void **state)
{
    int ends[2];
    pthread_t reader;
    void *wrong = ends;
    unsigned char *bytes = malloc(SIZE);
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = byte_at(i);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_everything, &ends[0]), 0);
    assert_true(write_all(ends[1], bytes, SIZE));
    close(ends[1]);
    pthread_join(reader, &wrong);
    assert_null(wrong);
    close(ends[0]);
    free(bytes);
}

static void test_failure(void **state)
{
    (void)state;
    errno = 0;
    assert_false(write_all(-1, "x", 1));
    assert_int_equal(errno, EBADF);
    assert_true(write_all(-1, "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_pipe),
        cmocka_unit_test(test_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
