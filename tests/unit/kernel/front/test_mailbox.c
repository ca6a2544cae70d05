/*
 * test_mailbox - mails between threads.
 *
 * Proves: the order; the limit; remaining mails are freed; with four posting threads no mail is
 * lost, and the descriptor is readable whenever the mailbox has mail. ThreadSanitizer checks it,
 * too.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/front/mailbox.h"

enum { THREADS = 4, MAILS = 2000 };

static bool readable(const struct mailbox *mailbox, int wait_ms)
{
    struct pollfd poll_box = {.fd = mailbox_descriptor(mailbox), .events = POLLIN};
    return poll(&poll_box, 1, wait_ms) == 1;
}

static void mails_come_in_order(void **state)
{
    (void)state;
    struct mailbox *mailbox = mailbox_new();
    struct mail mail;
    assert_non_null(mailbox);
    assert_false(readable(mailbox, 0));
    for (int i = 0; i < 3; i++) {
        struct mail posted = {.kind = MAIL_PUBLISH, .idle = i == 1};
        assert_true(frames_add(&posted.frames, &i, sizeof i));
        assert_true(mailbox_post(mailbox, &posted));
        assert_true(readable(mailbox, 0));
    }
    for (int i = 0; i < 3; i++) {
        assert_true(mailbox_take(mailbox, &mail));
        assert_memory_equal(mail.frames.items[0].bytes, &i, sizeof i);
        assert_int_equal(mail.idle, i == 1);
        frames_release(&mail.frames);
    }
    assert_false(mailbox_take(mailbox, &mail));
    assert_false(readable(mailbox, 0));
    mailbox_free(&mailbox);
    assert_null(mailbox);
}

static void a_full_box_takes_no_more(void **state)
{
    (void)state;
    struct mailbox *mailbox = mailbox_new();
    for (int i = 0; i <= MAILBOX_MAX; i++) {
        struct mail posted = {.kind = MAIL_PUBLISH};
        assert_true(frames_add(&posted.frames, "x", 1));
        assert_int_equal(mailbox_post(mailbox, &posted), i < MAILBOX_MAX);
    }
    mailbox_free(&mailbox);
}

static void *post_many(void *context)
{
    for (int i = 0; i < MAILS; i++) {
        struct mail mail = {.kind = MAIL_INTERRUPT};
        while (!mailbox_post(context, &mail))
            continue;
    }
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    (void)state;
    struct mailbox *mailbox = mailbox_new();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, mailbox), 0);
    for (int count = 0; count < THREADS * MAILS;) {
        struct mail mail;
        assert_true(readable(mailbox, 10000));
        while (mailbox_take(mailbox, &mail))
            count++;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_false(readable(mailbox, 0));
    mailbox_free(&mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mails_come_in_order),
        cmocka_unit_test(a_full_box_takes_no_more),
        cmocka_unit_test(threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
