/*
 * input_question - the open input_request of the running cell.
 *
 * execute.c asks, and passes each input_reply in. A cell has at most one open question; a reply to
 * another question, or a second reply, is ignored.
 */
#ifndef KERNEL_FRONT_INPUT_QUESTION_H
#define KERNEL_FRONT_INPUT_QUESTION_H

#include <stddef.h>

#include "kernel/front/channel.h"
#include "kernel/front/message.h"

struct input_question {
    char id[MESSAGE_ID_SIZE_MAX]; /* msg_id of the unanswered input_request; "" = none */
};

/* Sends an input_request to the client that sent `to`; content is JSON. The question is open from
   now on. */
void input_question_ask(struct input_question *question, struct channel *stdin_channel,
                        struct message_author *author, const struct message *to,
                        const char *content, size_t size);

/* The JSON {"value": "…"} of an input_reply to the open question, which is closed. Caller frees.
   NULL for any other message, or if memory runs out. */
char *input_question_answer(struct input_question *question, const struct message *reply);

void input_question_close(struct input_question *question);

#endif
