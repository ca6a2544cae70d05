/*
 * test_message - decoding, encoding and signing.
 *
 * Proves: decode(encode(m)) = m with parent and identities carried over; the signature is HMAC as
 * RFC 4231 has it; every prefix, every flipped bit and every missing part of a message is refused
 * with a reason; limits hold at max and max + 1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/front/message.h"

struct fixture {
    struct signature *signature;
    struct message_author author;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct error error;
    fixture.signature = signature_new("hmac-sha256", "secret", &error);
    assert_non_null(fixture.signature);
    message_author_init(&fixture.author, fixture.signature);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    signature_free(&((struct fixture *)*state)->signature);
    return 0;
}

static void add(struct frames *frames, const char *text)
{
    assert_true(frames_add(frames, text, strlen(text)));
}

/* A request as a client sends it, signed. */
static struct frames request(const struct signature *signature, const char *header,
                             const char *content)
{
    struct frames frames = {0}, parts = {0};
    char hex[SIGNATURE_HEX_MAX + 1];
    add(&parts, header);
    add(&parts, "{}");
    add(&parts, "{}");
    add(&parts, content);
    assert_true(signature_make(signature, parts.items, hex));
    add(&frames, "identity");
    add(&frames, "<IDS|MSG>");
    add(&frames, hex);
    for (size_t i = 0; i < parts.count; i++)
        add(&frames, (const char *)parts.items[i].bytes);
    frames_release(&parts);
    return frames;
}

static const char good_header[] =
    "{\"msg_id\":\"id\",\"msg_type\":\"kernel_info_request\",\"extra\":[1]}";

static void decoding_gives_the_fields(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct frames frames =
        request(fixture->signature, good_header, "{\"code\":\"x\",\"n\":7,\"silent\":true}");
    add(&frames, "buffer");
    struct message *message = message_decode(fixture->signature, &frames, &error);
    assert_non_null(message);
    assert_int_equal(frames.count, 0);
    assert_string_equal(message->type, "kernel_info_request");
    assert_int_equal(message->identities, 1);
    assert_int_equal(message->buffers, 7);
    assert_string_equal(message->frames.items[message->buffers].bytes, "buffer");
    assert_string_equal(message_header(message)->bytes, good_header);
    assert_string_equal(message_text(message, "code", "none"), "x");
    assert_string_equal(message_text(message, "n", "none"), "none");
    assert_int_equal(message_whole(message, "n", 0), 7);
    assert_int_equal(message_whole(message, "code", 5), 5);
    assert_true(message_flag(message, "silent", false));
    assert_true(message_flag(message, "missing", true));
    message_free(&message);
    assert_null(message);
}

static void an_answer_is_a_message_again(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct frames frames = request(fixture->signature, good_header, "{}");
    struct message *question = message_decode(fixture->signature, &frames, &error);
    json_t *content = json_pack("{s:s}", "status", "ok");
    const struct message_draft draft = {
        .type = "kernel_info_reply", .to = question, .content = content};
    char id[MESSAGE_ID_SIZE_MAX];
    assert_true(message_encode(&fixture->author, &draft, &frames, id));
    assert_string_equal(frames.items[0].bytes, "identity");
    assert_string_equal(frames.items[4].bytes, good_header);
    struct message *answer = message_decode(fixture->signature, &frames, &error);
    assert_non_null(answer);
    assert_string_equal(answer->type, "kernel_info_reply");
    assert_string_equal(json_string_value(json_object_get(answer->header, "msg_id")), id);
    assert_true(json_equal(answer->content, content));
    assert_true(json_equal(answer->parent, question->header));
    message_free(&answer);

    const struct message_draft broadcast = {
        .type = "stream", .topic = "stream", .content_text = "{\"a\":1}", .content_size = 7};
    assert_true(message_encode(&fixture->author, &broadcast, &frames, NULL));
    assert_string_equal(frames.items[0].bytes, "stream");
    assert_string_equal(frames.items[4].bytes, "{}");
    assert_string_equal(frames.items[6].bytes, "{\"a\":1}");
    frames_release(&frames);
    json_decref(content);
    message_free(&question);
}

/* Must be refused with a reason; frames are consumed. */
static void refused(const struct signature *signature, struct frames *frames, const char *reason)
{
    struct error error = {.text = ""};
    assert_null(message_decode(signature, frames, &error));
    assert_non_null(strstr(error.text, reason));
    assert_int_equal(frames->count, 0);
}

static void every_flipped_bit_breaks_the_signature(void **state)
{
    struct fixture *fixture = *state;
    for (size_t part = 2; part < 7; part++) {
        struct frames whole = request(fixture->signature, good_header, "{\"code\":\"6 * 7\"}");
        size_t bits = 8 * whole.items[part].size;
        frames_release(&whole);
        for (size_t bit = 0; bit < bits; bit++) {
            struct frames frames = request(fixture->signature, good_header, "{\"code\":\"6 * 7\"}");
            frames.items[part].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            refused(fixture->signature, &frames, "signature");
        }
    }
}

static void every_missing_part_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (size_t count = 0; count < 7; count++) {
        struct frames whole = request(fixture->signature, good_header, "{}"), frames = {0};
        for (size_t i = 0; i < count; i++)
            add(&frames, (const char *)whole.items[i].bytes);
        refused(fixture->signature, &frames, count < 2 ? "<IDS|MSG>" : "at least 5");
        frames_release(&whole);
    }
}

static void every_prefix_of_a_part_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char cut[sizeof good_header];
    for (size_t size = 0; size < sizeof good_header - 1; size++) {
        memcpy(cut, good_header, size);
        cut[size] = '\0';
        struct frames frames = request(fixture->signature, cut, "{}");
        refused(fixture->signature, &frames, "header is not valid JSON");
    }
}

static void senseless_parts_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char *const headers[] = {"[]",
                                          "7",
                                          "{}",
                                          "{\"msg_id\":\"a\"}",
                                          "{\"msg_id\":\"a\",\"msg_type\":1}",
                                          "{\"msg_id\":\"a\",\"msg_type\":\"\"}",
                                          "{\"msg_id\":\"a\",\"msg_type\":\"a\\u0000b\"}"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct frames frames = request(fixture->signature, headers[i], "{}");
        refused(fixture->signature, &frames, "header");
    }
}

/* Signed and with a header it is answered, whatever it holds. */
static void senseless_content_is_taken_for_what_it_can_be(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *content, *code, *problem;
    } cases[] = {
        {"[]", "none", "content is not a JSON object"},
        {"null", "none", "content is not valid JSON: byte 4"},
        {"", "none", "content is not valid JSON"},
        {"{\"code\":", "none", "content is not valid JSON: byte 8"},
        {"{\"code\":\"a\xff\"}", "none", "content is not valid JSON: byte 10"},
        {"{\"code\":\"a\\ud83d\"}", "a\xEF\xBF\xBD", ""},
        {"{\"code\":\"\\ude00\\\\ud83d\\ud83d\\ude00\\uDBFF\\u0041\"}",
         "\xEF\xBF\xBD\\ud83d\xF0\x9F\x98\x80\xEF\xBF\xBD"
         "A",
         ""},
        {"{\"code\":\"x\",\"n\":99999999999999999999}", "x", ""},
        {"{\"n\":[NaN,-Infinity,1e999,-9223372036854775809,1e-999],\"code\":\"x\"}", "x", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error;
        struct frames frames = request(fixture->signature, good_header, cases[i].content);
        struct message *message = message_decode(fixture->signature, &frames, &error);
        assert_non_null(message);
        assert_string_equal(message_text(message, "code", "none"), cases[i].code);
        assert_int_equal(message->problem[0] == '\0', cases[i].problem[0] == '\0');
        assert_memory_equal(message->problem, cases[i].problem, strlen(cases[i].problem));
        message_free(&message);
    }
}

/* size letters 'a' around which the caller puts what belongs there. Caller frees. */
static char *padded(const char *before, size_t size, const char *after)
{
    char *text = malloc(strlen(before) + size + strlen(after) + 1);
    assert_non_null(text);
    memcpy(text, before, strlen(before));
    memset(text + strlen(before), 'a', size);
    memcpy(text + strlen(before) + size, after, strlen(after) + 1);
    return text;
}

static void limits_hold_at_max_and_beyond(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    static const char before[] = "{\"msg_id\":\"a\",\"msg_type\":\"b\",\"pad\":\"", after[] = "\"}";
    for (size_t beyond = 0; beyond < 2; beyond++) {
        char *header = padded(
            before, MESSAGE_HEADER_SIZE_MAX - strlen(before) - strlen(after) + beyond, after);
        struct frames frames = request(fixture->signature, header, "{}");
        free(header);
        if (beyond) {
            refused(fixture->signature, &frames, "header has");
        } else {
            struct message *message = message_decode(fixture->signature, &frames, &error);
            assert_non_null(message);
            message_free(&message);
        }
        char *type =
            padded("{\"msg_id\":\"b\",\"msg_type\":\"", MESSAGE_TYPE_SIZE_MAX - 1 + beyond, "\"}");
        frames = request(fixture->signature, type, "{}");
        free(type);
        struct message *message = message_decode(fixture->signature, &frames, &error);
        assert_int_equal(message == NULL, beyond);
        message_free(&message);
    }
}

static void identities_are_limited(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    for (size_t count = 0; count <= MESSAGE_IDENTITIES_MAX + 1; count++) {
        struct frames whole = request(fixture->signature, good_header, "{}"), frames = {0};
        for (size_t i = 0; i < count; i++)
            add(&frames, "i");
        for (size_t i = 1; i < whole.count; i++)
            add(&frames, (const char *)whole.items[i].bytes);
        frames_release(&whole);
        struct message *message = message_decode(fixture->signature, &frames, &error);
        assert_int_equal(message != NULL, count <= MESSAGE_IDENTITIES_MAX);
        message_free(&message);
    }
}

/* RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?". */
static void signatures_are_hmac(void **state)
{
    (void)state;
    static const struct {
        const char *scheme, *hex;
    } cases[] = {
        {"hmac-sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"hmac-sha512", "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    };
    struct frames parts = {0};
    add(&parts, "what do ya ");
    add(&parts, "want ");
    add(&parts, "for nothing");
    add(&parts, "?");
    for (size_t i = 0; i < 2; i++) {
        struct error error;
        char hex[SIGNATURE_HEX_MAX + 1];
        struct signature *signature = signature_new(cases[i].scheme, "Jefe", &error);
        assert_non_null(signature);
        assert_true(signature_make(signature, parts.items, hex));
        assert_string_equal(hex, cases[i].hex);
        signature_free(&signature);
    }
    frames_release(&parts);
}

static void an_empty_key_signs_nothing(void **state)
{
    (void)state;
    struct error error;
    struct signature *none = signature_new("hmac-sha256", "", &error);
    struct frames frames = request(none, good_header, "{}");
    assert_int_equal(frames.items[2].size, 0);
    struct message *message = message_decode(none, &frames, &error);
    assert_non_null(message);
    message_free(&message);
    signature_free(&none);
}

static void unknown_schemes_are_refused(void **state)
{
    (void)state;
    static const char *const schemes[] = {"", "sha256", "hmac-", "hmac-nonsense",
                                          "hmac-0123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct error error;
        assert_null(signature_new(schemes[i], "k", &error));
        assert_non_null(strstr(error.text, "signature_scheme"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_gives_the_fields),
        cmocka_unit_test(an_answer_is_a_message_again),
        cmocka_unit_test(every_flipped_bit_breaks_the_signature),
        cmocka_unit_test(every_missing_part_is_refused),
        cmocka_unit_test(every_prefix_of_a_part_is_refused),
        cmocka_unit_test(senseless_parts_are_refused),
        cmocka_unit_test(senseless_content_is_taken_for_what_it_can_be),
        cmocka_unit_test(limits_hold_at_max_and_beyond),
        cmocka_unit_test(identities_are_limited),
        cmocka_unit_test(signatures_are_hmac),
        cmocka_unit_test(an_empty_key_signs_nothing),
        cmocka_unit_test(unknown_schemes_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
