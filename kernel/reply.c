/*
 * reply - answers.
 */
#include "kernel/reply.h"

void reply(struct channel *channel, struct message_author *author, const struct message *request,
           const char *type, json_t *content, json_t *metadata)
{
    struct frames frames;
    const struct message_draft draft = {
        .type = type, .to = request, .metadata = metadata, .content = content};
    if (content != NULL && message_encode(author, &draft, &frames, NULL))
        channel_send(channel, &frames);
    json_decref(content);
    json_decref(metadata);
}

json_t *reply_error(const char *name, const char *text)
{
    json_t *line = json_sprintf("\033[1m%s\033[0m: %s", name, text);
    return json_pack("{s:s, s:s, s:s, s:[o]}", "status", "error", "ename", name, "evalue", text,
                     "traceback", line);
}
