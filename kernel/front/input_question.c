/*
 * input_question - sends an input_request and matches its reply (see input_question.h).
 */
#include "kernel/front/input_question.h"

#include <jansson.h>
#include <string.h>

void input_question_ask(struct input_question *question, struct channel *stdin_channel,
                        struct message_author *author, const struct message *to,
                        const char *content, size_t size)
{
    struct frames frames;
    const struct message_draft draft = {
        .type = "input_request", .to = to, .content_text = content, .content_size = size};
    if (message_encode(author, &draft, &frames, question->id))
        channel_send(stdin_channel, &frames);
}

char *input_question_answer(struct input_question *question, const struct message *reply)
{
    const char *value = message_text(reply, "value", NULL);
    const char *to = json_string_value(json_object_get(reply->parent, "msg_id"));
    if (question->id[0] == '\0' || value == NULL || (to != NULL && strcmp(to, question->id) != 0))
        return NULL;
    input_question_close(question);
    json_t *object = json_pack("{s:s}", "value", value);
    char *answer = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return answer;
}

void input_question_close(struct input_question *question)
{
    question->id[0] = '\0';
}
