/*
 * reply - encodes a reply and sends it; if its content is missing, sends an error in its place.
 */
#include "kernel/front/reply.h"

#include <stdio.h>
#include <string.h>

void reply(struct channel *channel, struct message_author *author, const struct message *request,
           const char *type, json_t *content, json_t *metadata)
{
    struct frames frames;
    if (content == NULL)
        content = reply_error("SystemError", "out of memory: the reply could not be created");
    const struct message_draft draft = {
        .type = type, .to = request, .metadata = metadata, .content = content};
    if (content != NULL && message_encode(author, &draft, &frames, NULL))
        channel_send(channel, &frames);
    json_decref(content);
    json_decref(metadata);
}

void reply_refusal(struct channel *channel, struct message_author *author,
                   const struct message *request, const char *name, const char *text)
{
    static const char ending[] = "_request";
    char type[MESSAGE_TYPE_SIZE_MAX];
    size_t size = strlen(request->type), ending_size = sizeof ending - 1;
    if (size <= ending_size || strcmp(request->type + size - ending_size, ending) != 0)
        return;
    snprintf(type, sizeof type, "%.*s_reply", (int)(size - ending_size), request->type);
    reply(channel, author, request, type, reply_error(name, text), NULL);
}

json_t *reply_error(const char *name, const char *text)
{
    json_t *line = json_sprintf("\033[1m%s\033[0m: %s", name, text);
    return json_pack("{s:s, s:s, s:s, s:[o]}", "status", "error", "ename", name, "evalue", text,
                     "traceback", line);
}
