/*
 * mailbox - a linked list under a mutex, and an eventfd that is readable while the list has
 * entries.
 *
 * mailbox_take resets the eventfd only when it finds the list empty, so that no wake-up is lost.
 */
#include "kernel/front/mailbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel/front_memory.h"

struct letter {
    struct mail mail;
    struct letter *next;
};

struct mailbox {
    pthread_mutex_t lock;
    struct letter *first, *last;
    size_t count;
    int descriptor;
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    if (mailbox == NULL)
        return NULL;
    mailbox->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (mailbox->descriptor < 0) {
        free(mailbox);
        return NULL;
    }
    pthread_mutex_init(&mailbox->lock, NULL);
    return mailbox;
}

void mailbox_free(struct mailbox **mailbox)
{
    struct mail mail;
    if (*mailbox == NULL)
        return;
    while (mailbox_take(*mailbox, &mail))
        frames_release(&mail.frames);
    pthread_mutex_destroy(&(*mailbox)->lock);
    close((*mailbox)->descriptor);
    free(*mailbox);
    *mailbox = NULL;
}

bool mailbox_post(struct mailbox *mailbox, struct mail *mail)
{
    struct letter *letter = front_memory_alloc(sizeof *letter);
    bool posted = false;
    pthread_mutex_lock(&mailbox->lock);
    assert((mailbox->first == NULL) == (mailbox->count == 0));
    if (letter != NULL && mailbox->count < MAILBOX_MAX) {
        *letter = (struct letter){*mail, NULL};
        if (mailbox->last != NULL)
            mailbox->last->next = letter;
        else
            mailbox->first = letter;
        mailbox->last = letter;
        mailbox->count++;
        posted = true;
    }
    pthread_mutex_unlock(&mailbox->lock);
    if (posted) {
        eventfd_write(mailbox->descriptor, 1);
    } else {
        free(letter);
        frames_release(&mail->frames);
    }
    return posted;
}

bool mailbox_take(struct mailbox *mailbox, struct mail *mail)
{
    eventfd_t count;
    pthread_mutex_lock(&mailbox->lock);
    struct letter *letter = mailbox->first;
    assert((letter == NULL) == (mailbox->count == 0));
    if (letter != NULL) {
        mailbox->first = letter->next;
        mailbox->last = letter->next != NULL ? mailbox->last : NULL;
        mailbox->count--;
    } else {
        (void)eventfd_read(mailbox->descriptor, &count);
    }
    pthread_mutex_unlock(&mailbox->lock);
    if (letter == NULL)
        return false;
    *mail = letter->mail;
    free(letter);
    return true;
}

int mailbox_descriptor(const struct mailbox *mailbox)
{
    return mailbox->descriptor;
}
