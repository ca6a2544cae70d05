/*
 * session_link - frames over a stream socket, and the marks in the two pipes.
 *
 * Both processes use this file; each checks the sizes that the other sends. A reader first reads
 * the header and then exactly the payload, directly into its final block. So a frame costs two
 * system calls and no copy, and a descriptor, which SCM_RIGHTS attaches to the bytes of the
 * header, always belongs to the frame being read.
 */
#include "kernel/session_link.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 4, MARK_BYTE = 0x1E };

union control_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
};

/* ---- reading ---- */

void session_link_reader_init(struct session_link_reader *reader, int socket)
{
    memset(reader, 0, sizeof *reader);
    reader->socket = socket;
    reader->descriptor = -1;
}

void session_link_reader_release(struct session_link_reader *reader)
{
    free(reader->payload);
    if (reader->descriptor >= 0)
        close(reader->descriptor);
    session_link_reader_init(reader, -1);
}

/* Keeps the first descriptor of a message and closes the others: a frame carries at most one. */
static void take_descriptors(struct session_link_reader *reader, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        int descriptors[DESCRIPTORS_MAX];
        size_t size = c->cmsg_len - CMSG_LEN(0);
        assert(size <= sizeof descriptors);
        memcpy(descriptors, CMSG_DATA(c), size);
        for (size_t i = 0; i < size / sizeof(int); i++) {
            if (reader->descriptor < 0)
                reader->descriptor = descriptors[i];
            else
                close(descriptors[i]);
        }
    }
}

/* Reads up to size bytes of the current frame. */
static enum session_link_status receive(struct session_link_reader *reader, uint8_t *bytes,
                                        size_t size)
{
    assert(size > 0); /* otherwise a result of 0 would not mean that the socket is closed */
    union control_message control;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(reader->socket, &message, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? SESSION_LINK_AGAIN
                                                                         : SESSION_LINK_CLOSED;
    if (got == 0)
        return SESSION_LINK_CLOSED;
    take_descriptors(reader, &message);
    reader->used += (size_t)got;
    return SESSION_LINK_OK;
}

static size_t payload_size(const struct session_link_reader *reader)
{
    uint32_t size;
    memcpy(&size, reader->header, sizeof size);
    return size;
}

/* Moves the complete frame from the reader to the caller. */
static void move_frame(struct session_link_reader *reader, struct session_link_frame *frame)
{
    assert(reader->payload != NULL &&
           reader->used == SESSION_LINK_HEADER_SIZE + payload_size(reader));
    frame->kind = (enum session_link_kind)reader->header[4];
    memcpy(&frame->mark, reader->header + 8, sizeof frame->mark);
    frame->payload = reader->payload;
    frame->size = payload_size(reader);
    frame->descriptor = reader->descriptor;
    frame->payload[frame->size] = '\0';
    reader->payload = NULL;
    reader->used = 0;
    reader->descriptor = -1;
}

enum session_link_status session_link_read(struct session_link_reader *reader,
                                           struct session_link_frame *frame)
{
    assert(reader->used >= SESSION_LINK_HEADER_SIZE || reader->payload == NULL);
    while (reader->used < SESSION_LINK_HEADER_SIZE) {
        enum session_link_status status =
            receive(reader, reader->header + reader->used, SESSION_LINK_HEADER_SIZE - reader->used);
        if (status != SESSION_LINK_OK)
            return status;
    }
    size_t size = payload_size(reader);
    if (reader->payload == NULL) {
        if (size > SESSION_LINK_PAYLOAD_MAX)
            return SESSION_LINK_BROKEN;
        reader->payload = malloc(size + 1);
        if (reader->payload == NULL)
            return SESSION_LINK_BROKEN;
    }
    while (reader->used < SESSION_LINK_HEADER_SIZE + size) {
        size_t have = reader->used - SESSION_LINK_HEADER_SIZE;
        enum session_link_status status = receive(reader, reader->payload + have, size - have);
        if (status != SESSION_LINK_OK)
            return status;
    }
    move_frame(reader, frame);
    return SESSION_LINK_OK;
}

void session_link_frame_release(struct session_link_frame *frame)
{
    free(frame->payload);
    frame->payload = NULL;
    if (frame->descriptor >= 0)
        close(frame->descriptor);
    frame->descriptor = -1;
}

/* ---- sending ---- */

void session_link_header(uint8_t header[SESSION_LINK_HEADER_SIZE], enum session_link_kind kind,
                         uint64_t mark, size_t size)
{
    assert(size <= SESSION_LINK_PAYLOAD_MAX);
    uint32_t size32 = (uint32_t)size;
    memset(header, 0, SESSION_LINK_HEADER_SIZE);
    memcpy(header, &size32, sizeof size32);
    header[4] = (uint8_t)kind;
    memcpy(header + 8, &mark, sizeof mark);
}

static void attach(struct msghdr *message, union control_message *control, int descriptor)
{
    assert(descriptor >= 0);
    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof descriptor);
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
}

/* Waits until the socket accepts more bytes. A signal does not end the sending of a frame. */
static bool wait_for_room(int socket)
{
    struct pollfd room = {.fd = socket, .events = POLLOUT};
    return poll(&room, 1, -1) >= 0 || errno == EINTR;
}

/* Removes the first size bytes from the blocks at *parts. */
static void skip_bytes(struct iovec **parts, size_t *count, size_t size)
{
    while (*count > 0 && size >= (*parts)->iov_len) {
        size -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    assert(*count > 0 || size == 0);
    if (*count > 0) {
        (*parts)->iov_base = (uint8_t *)(*parts)->iov_base + size;
        (*parts)->iov_len -= size;
    }
}

/* Sends all bytes of the blocks; the descriptor travels with the first of them. */
static bool send_blocks(int socket, struct iovec *parts, size_t count, int descriptor)
{
    union control_message control;
    while (count > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        if (descriptor >= 0)
            attach(&message, &control, descriptor);
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent > 0) {
            skip_bytes(&parts, &count, (size_t)sent);
            descriptor = -1;
        } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (!wait_for_room(socket))
                return false;
        } else if (sent < 0 && errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* The signals that end a process under a sanitizer (mnist/c_cells/faults/sanitize.h) are blocked
   while a frame is sent: the session uses the same link afterwards, so the frame must be
   complete. */
bool session_link_send_parts(int socket, enum session_link_kind kind, uint64_t mark,
                             const struct iovec *parts, size_t count, int descriptor)
{
    struct iovec blocks[1 + SESSION_LINK_PARTS_MAX];
    uint8_t header[SESSION_LINK_HEADER_SIZE];
    size_t size = 0;
    assert(count <= SESSION_LINK_PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        blocks[1 + i] = parts[i];
        size += parts[i].iov_len;
    }
    if (size > SESSION_LINK_PAYLOAD_MAX)
        return false;
    session_link_header(header, kind, mark, size);
    blocks[0] = (struct iovec){header, sizeof header};
    sigset_t ending, before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    bool sent = send_blocks(socket, blocks, 1 + count, descriptor);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sent;
}

bool session_link_send(int socket, enum session_link_kind kind, uint64_t mark, const void *payload,
                       size_t size, int descriptor)
{
    const struct iovec part = {(void *)(uintptr_t)payload, size};
    return session_link_send_parts(socket, kind, mark, &part, 1, descriptor);
}

/* ---- marks ---- */

void session_link_mark(char mark[SESSION_LINK_MARK_SIZE], const char token[SESSION_LINK_TOKEN_SIZE],
                       uint64_t number)
{
    mark[0] = MARK_BYTE;
    memcpy(mark + 1, token, SESSION_LINK_TOKEN_SIZE);
    for (int i = 0; i < 16; i++)
        mark[1 + SESSION_LINK_TOKEN_SIZE + i] = "0123456789abcdef"[(number >> (60 - 4 * i)) & 15];
    mark[SESSION_LINK_MARK_SIZE - 1] = MARK_BYTE;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* True if the bytes are a mark, or, if size is less than a mark's, the first bytes of one. */
static bool mark_begins(const char *bytes, size_t size, const char token[SESSION_LINK_TOKEN_SIZE],
                        uint64_t *number)
{
    size_t token_here = size - 1 < SESSION_LINK_TOKEN_SIZE ? size - 1 : SESSION_LINK_TOKEN_SIZE;
    if (memcmp(bytes + 1, token, token_here) != 0)
        return false;
    *number = 0;
    for (size_t i = 1 + SESSION_LINK_TOKEN_SIZE; i < size && i < SESSION_LINK_MARK_SIZE - 1; i++) {
        int value = hex_value(bytes[i]);
        if (value < 0)
            return false;
        *number = *number << 4 | (uint64_t)value;
    }
    return size < SESSION_LINK_MARK_SIZE || bytes[SESSION_LINK_MARK_SIZE - 1] == MARK_BYTE;
}

ptrdiff_t session_link_find_mark(const char *bytes, size_t size,
                                 const char token[SESSION_LINK_TOKEN_SIZE], uint64_t *number,
                                 size_t *partial)
{
    *partial = size;
    size_t at = 0;
    while (at < size) {
        const char *found = memchr(bytes + at, MARK_BYTE, size - at);
        if (found == NULL)
            break;
        at = (size_t)(found - bytes);
        uint64_t value;
        if (mark_begins(found, size - at, token, &value)) {
            *partial = at;
            if (size - at < SESSION_LINK_MARK_SIZE)
                return -1;
            *number = value;
            return (ptrdiff_t)at;
        }
        at++;
    }
    return -1;
}
