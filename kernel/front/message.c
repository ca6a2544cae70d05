/*
 * message - decodes and encodes messages.
 *
 * Decoding checks the number of parts, their sizes and the signature before any JSON is parsed.
 * Encoding adds the parts in wire order, with an empty signature, and signs at the end.
 */
#include "kernel/front/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "kernel/front_memory.h"
#include "kernel/front/json_mend.h"
#include "mnist/base/clock.h"
#include "mnist/base/utf8.h"

static const char delimiter[] = "<IDS|MSG>";

enum { DELIMITER_SIZE = sizeof delimiter - 1 };

/* Parts after the delimiter. */
enum { PART_SIGNATURE = 1, PART_HEADER, PART_PARENT, PART_METADATA, PART_CONTENT, PARTS };

/* ---- decoding ---- */

/* The index of the delimiter, or -1 if it is not among the first MESSAGE_IDENTITIES_MAX + 1
   parts. */
static int find_delimiter(const struct frames *frames)
{
    for (size_t i = 0; i < frames->count && i <= MESSAGE_IDENTITIES_MAX; i++) {
        const struct frame *frame = &frames->items[i];
        if (frame->size == DELIMITER_SIZE && memcmp(frame->bytes, delimiter, DELIMITER_SIZE) == 0)
            return (int)i;
    }
    return -1;
}

static bool check_shape(const struct frames *frames, int at, struct error *error)
{
    if (at < 0)
        return error_set(error, ERROR_DATA, "no %s among the first %d of %zu parts", delimiter,
                         MESSAGE_IDENTITIES_MAX + 1, frames->count);
    size_t after = frames->count - (size_t)at - 1;
    if (after < PARTS - 1)
        return error_set(error, ERROR_DATA, "%zu parts after %s, expected at least %d", after,
                         delimiter, PARTS - 1);
    return true;
}

static bool check_size(const struct frame *part, const char *name, size_t max, struct error *error)
{
    return part->size <= max || error_set(error, ERROR_DATA, "%s has %zu bytes, the limit is %zu",
                                          name, part->size, max);
}

/* An upper limit of the number of values in the JSON text: one more than the number of commas and
   opening brackets outside of strings. */
static size_t count_values(const struct frame *part)
{
    size_t count = 1;
    bool in_string = false;
    for (size_t i = 0; i < part->size; i++) {
        uint8_t c = part->bytes[i];
        if (c == '"')
            in_string = !in_string;
        else if (in_string)
            i += c == '\\';
        else
            count += c == ',' || c == '[' || c == '{';
    }
    return count;
}

/* Parses the part as a JSON object. NULL with error set. If jansson rejects the text, it is
   repaired (json_mend.h) and parsed again. */
static json_t *parse_object(const struct frame *part, const char *name, size_t size_max,
                            struct error *error)
{
    json_error_t where = {.text = "out of memory"};
    if (!check_size(part, name, size_max, error))
        return NULL;
    if (count_values(part) > MESSAGE_VALUES_MAX) {
        error_set(error, ERROR_DATA, "%s has more than %d values", name, MESSAGE_VALUES_MAX);
        return NULL;
    }
    json_t *object = json_loadb((const char *)part->bytes, part->size, JSON_ALLOW_NUL, NULL);
    char *mended = object == NULL ? front_memory_alloc(part->size + 1) : NULL;
    if (mended != NULL) {
        memcpy(mended, part->bytes, part->size);
        mended[part->size] = '\0';
        json_mend(mended, part->size);
        object = json_loadb(mended, part->size, JSON_ALLOW_NUL, &where);
        free(mended);
    }
    if (json_is_object(object))
        return object;
    if (object != NULL)
        error_set(error, ERROR_DATA, "%s is not a JSON object", name);
    else
        error_set(error, ERROR_DATA, "%s is not valid JSON: byte %d: %s", name, where.position,
                  where.text);
    json_decref(object);
    return NULL;
}

/* A string of the header that has 1 to max - 1 bytes and contains no NUL; otherwise NULL. */
static const char *header_text(const json_t *header, const char *key, size_t max)
{
    const json_t *value = json_object_get(header, key);
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    return text != NULL && size > 0 && size < max && strlen(text) == size ? text : NULL;
}

/* Fails only if the header has no readable type: without it, no reply is possible. Unreadable
   content becomes {}, and message->problem holds the reason. */
static bool parse(struct message *message, struct frame *parts, struct error *error)
{
    struct error ignored, problem = {.text = ""};
    message->header = parse_object(&parts[PART_HEADER], "header", MESSAGE_HEADER_SIZE_MAX, error);
    if (message->header == NULL)
        return false;
    message->type = header_text(message->header, "msg_type", MESSAGE_TYPE_SIZE_MAX);
    if (message->type == NULL)
        return error_set(error, ERROR_DATA, "header has no msg_type of 1 to %d bytes",
                         MESSAGE_TYPE_SIZE_MAX - 1);
    message->parent =
        parse_object(&parts[PART_PARENT], "parent_header", MESSAGE_HEADER_SIZE_MAX, &ignored);
    message->content =
        parse_object(&parts[PART_CONTENT], "content", MESSAGE_CONTENT_SIZE_MAX, &problem);
    utf8_copy(message->problem, sizeof message->problem, problem.text, strlen(problem.text));
    return true;
}

/* Frees the parsed parts. Replies need only the header and the identities. frames.size remains
   the size of the whole message. */
static void drop_parsed_bytes(struct frame *parts)
{
    for (int i = PART_PARENT; i < PARTS; i++) {
        free(parts[i].bytes);
        parts[i] = (struct frame){NULL, 0};
    }
}

struct message *message_decode(const struct signature *signature, struct frames *frames,
                               struct error *error)
{
    struct message *message = front_memory_alloc_zeroed(sizeof *message);
    if (message == NULL) {
        error_memory(error, "a message", sizeof *message);
        frames_release(frames);
        return NULL;
    }
    message->frames = *frames;
    *frames = (struct frames){0};
    int at = find_delimiter(&message->frames);
    if (!check_shape(&message->frames, at, error))
        goto out_refused;
    struct frame *parts = message->frames.items + at;
    message->identities = (size_t)at;
    message->buffers = (size_t)at + PARTS;
    if (!check_size(&parts[PART_SIGNATURE], "signature", SIGNATURE_HEX_MAX, error))
        goto out_refused;
    if (!signature_check(signature, parts + PART_HEADER, &parts[PART_SIGNATURE])) {
        error_set(error, ERROR_DATA, "the signature is wrong");
        goto out_refused;
    }
    if (!parse(message, parts, error))
        goto out_refused;
    drop_parsed_bytes(parts);
    return message;
out_refused:
    message_free(&message);
    return NULL;
}

void message_free(struct message **message)
{
    struct message *m = *message;
    if (m == NULL)
        return;
    front_memory_was_freed(m->frames.size);
    frames_release(&m->frames);
    message_forget_content(m);
    json_decref(m->header);
    free(m);
    *message = NULL;
}

void message_forget_content(struct message *message)
{
    front_memory_was_freed(message->frames.size);
    json_decref(message->parent);
    json_decref(message->content);
    message->parent = message->content = NULL;
}

const struct frame *message_header(const struct message *message)
{
    return &message->frames.items[message->identities + PART_HEADER];
}

const char *message_text(const struct message *message, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(message->content, key));
    return text != NULL ? text : fallback;
}

bool message_flag(const struct message *message, const char *key, bool fallback)
{
    const json_t *value = json_object_get(message->content, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

long long message_whole(const struct message *message, const char *key, long long fallback)
{
    const json_t *value = json_object_get(message->content, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

/* ---- encoding ---- */

void message_author_init(struct message_author *author, const struct signature *signature)
{
    uuid_t uuid;
    author->signature = signature;
    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, author->session);
    const char *user = getenv("USER");
    snprintf(author->username, sizeof author->username, "%s",
             user != NULL && *user != '\0' ? user : "kernel");
    atomic_init(&author->count, 0);
}

static bool add_json(struct frames *frames, const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    return text != NULL && frames_take(frames, text, strlen(text));
}

static bool add_header(struct frames *frames, struct message_author *author, const char *type,
                       char id[MESSAGE_ID_SIZE_MAX])
{
    char date[CLOCK_TEXT_SIZE];
    clock_print(date);
    snprintf(id, MESSAGE_ID_SIZE_MAX, "%s_%ld_%llu", author->session, (long)getpid(),
             atomic_fetch_add(&author->count, 1) + 1);
    json_t *header = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "msg_id", id, "msg_type", type,
                               "session", author->session, "username", author->username, "date",
                               date, "version", MESSAGE_PROTOCOL_VERSION);
    bool added = header != NULL && add_json(frames, header);
    json_decref(header);
    return added;
}

/* Adds all parts up to the signature, which remains empty. */
static bool add_envelope(struct frames *frames, const struct message_draft *draft)
{
    bool good = true;
    if (draft->topic != NULL)
        good = frames_add(frames, draft->topic, strlen(draft->topic));
    else if (draft->to != NULL) {
        for (size_t i = 0; good && i < draft->to->identities; i++)
            good = frames_add(frames, draft->to->frames.items[i].bytes,
                              draft->to->frames.items[i].size);
    }
    return good && frames_add(frames, delimiter, DELIMITER_SIZE) && frames_add(frames, "", 0);
}

static bool add_dictionaries(struct frames *frames, struct message_author *author,
                             const struct message_draft *draft, char id[MESSAGE_ID_SIZE_MAX])
{
    static struct frame empty = {(uint8_t *)(uintptr_t) "{}", 2};
    const struct frame *parent = draft->to != NULL ? message_header(draft->to) : &empty;
    if (!add_header(frames, author, draft->type, id) ||
        !frames_add(frames, parent->bytes, parent->size))
        return false;
    if (draft->metadata != NULL ? !add_json(frames, draft->metadata) : !frames_add(frames, "{}", 2))
        return false;
    return draft->content != NULL ? add_json(frames, draft->content)
                                  : frames_add(frames, draft->content_text, draft->content_size);
}

static bool sign(struct frames *frames, size_t at, const struct signature *signature)
{
    char *hex = front_memory_alloc(SIGNATURE_HEX_MAX + 1);
    if (hex == NULL || !signature_make(signature, frames->items + at + 1, hex)) {
        free(hex);
        return false;
    }
    free(frames->items[at].bytes);
    frames->items[at] = (struct frame){(uint8_t *)hex, strlen(hex)};
    frames->size += strlen(hex);
    return true;
}

bool message_encode(struct message_author *author, const struct message_draft *draft,
                    struct frames *frames, char msg_id[MESSAGE_ID_SIZE_MAX])
{
    char id[MESSAGE_ID_SIZE_MAX];
    *frames = (struct frames){0};
    if (!add_envelope(frames, draft))
        goto out_failed;
    size_t at = frames->count - 1;
    if (!add_dictionaries(frames, author, draft, id) || !sign(frames, at, author->signature))
        goto out_failed;
    if (msg_id != NULL)
        memcpy(msg_id, id, MESSAGE_ID_SIZE_MAX);
    return true;
out_failed:
    frames_release(frames);
    return false;
}
