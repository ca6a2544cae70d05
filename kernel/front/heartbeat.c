/*
 * heartbeat - the thread of the heartbeat channel: receives a message and sends it back unchanged.
 */
#include "kernel/front/heartbeat.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct heartbeat {
    pthread_t thread;
    struct channel *channel; /* owned by the thread once it runs */
    int stop;                /* an eventfd; readable = the thread must end */
};

static void *serve(void *context)
{
    struct heartbeat *heartbeat = context;
    struct channel_wait waits[] = {{.channel = heartbeat->channel},
                                   {.descriptor = heartbeat->stop}};
    struct frames frames;
    while (channel_wait(waits, 2, -1) && !waits[1].ready) {
        while (channel_receive(heartbeat->channel, &frames))
            channel_send(heartbeat->channel, &frames);
    }
    channel_close(&heartbeat->channel);
    return NULL;
}

struct heartbeat *heartbeat_start(struct channel_context *context, const char *endpoint,
                                  struct error *error)
{
    struct heartbeat *heartbeat = calloc(1, sizeof *heartbeat);
    if (heartbeat == NULL) {
        error_memory(error, "the heartbeat thread", sizeof *heartbeat);
        return NULL;
    }
    heartbeat->stop = eventfd(0, EFD_CLOEXEC);
    heartbeat->channel = channel_open(context, CHANNEL_ROUTER, endpoint, error);
    if (heartbeat->channel == NULL)
        goto out_failed;
    if (heartbeat->stop < 0 || pthread_create(&heartbeat->thread, NULL, serve, heartbeat) != 0) {
        error_set(error, ERROR_SYSTEM, "the heartbeat thread cannot be started");
        goto out_failed;
    }
    return heartbeat;
out_failed:
    channel_close(&heartbeat->channel);
    if (heartbeat->stop >= 0)
        close(heartbeat->stop);
    free(heartbeat);
    return NULL;
}

void heartbeat_stop(struct heartbeat **heartbeat)
{
    if (*heartbeat == NULL)
        return;
    eventfd_write((*heartbeat)->stop, 1);
    pthread_join((*heartbeat)->thread, NULL);
    close((*heartbeat)->stop);
    free(*heartbeat);
    *heartbeat = NULL;
}
