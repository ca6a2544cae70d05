/*
 * connection - reads and checks the connection file: its size, then the JSON, then each field.
 */
#include "kernel/front/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const port_names[CONNECTION_PORT_COUNT] = {
    [CONNECTION_SHELL] = "shell_port",  [CONNECTION_IOPUB] = "iopub_port",
    [CONNECTION_STDIN] = "stdin_port",  [CONNECTION_CONTROL] = "control_port",
    [CONNECTION_HEARTBEAT] = "hb_port",
};

const char *connection_port_name(enum connection_port port)
{
    return port_names[port];
}

static json_t *load(const char *path, struct error *error)
{
    char text[CONNECTION_FILE_SIZE_MAX + 1];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        error_system(error, "connection file %s cannot be opened", path);
        return NULL;
    }
    size_t used = 0;
    ssize_t got = 0;
    while (used < sizeof text && (got = read(file, text + used, sizeof text - used)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        used += got > 0 ? (size_t)got : 0;
    }
    close(file);
    if (got < 0) {
        error_system(error, "connection file %s cannot be read", path);
        return NULL;
    }
    if (used > CONNECTION_FILE_SIZE_MAX) {
        error_set(error, ERROR_DATA, "connection file %s has more than %d bytes", path,
                  CONNECTION_FILE_SIZE_MAX);
        return NULL;
    }
    json_error_t where;
    json_t *object = json_loadb(text, used, 0, &where);
    if (!json_is_object(object)) {
        error_set(error, ERROR_DATA, "connection file %s: expected a JSON object: line %d: %s",
                  path, where.line, object == NULL ? where.text : "found another JSON value");
        json_decref(object);
        return NULL;
    }
    return object;
}

/* Copies a string of the object, which must fit into text; fallback replaces a missing one. */
static bool read_text(const json_t *object, const char *key, const char *fallback, char *text,
                      size_t size, const char *path, struct error *error)
{
    const json_t *value = json_object_get(object, key);
    const char *found = value == NULL || json_is_null(value) ? fallback : json_string_value(value);
    if (found == NULL || strlen(found) >= size)
        return error_set(error, ERROR_DATA,
                         "connection file %s: %s must be a string of less than %zu bytes", path,
                         key, size);
    snprintf(text, size, "%s", found);
    return true;
}

static bool read_ports(struct connection *connection, const json_t *object, const char *path,
                       struct error *error)
{
    for (int i = 0; i < CONNECTION_PORT_COUNT; i++) {
        const json_t *value = json_object_get(object, port_names[i]);
        json_int_t port = json_integer_value(value);
        if (!json_is_integer(value) || port < 1 || port > 65535)
            return error_set(error, ERROR_DATA,
                             "connection file %s: %s must be an integer from 1 to 65535", path,
                             port_names[i]);
        connection->ports[i] = (int)port;
    }
    return true;
}

static bool read_fields(struct connection *connection, const json_t *object, const char *path,
                        struct error *error)
{
    char transport[16];
    if (!read_text(object, "transport", "tcp", transport, sizeof transport, path, error))
        return false;
    connection->ipc = strcmp(transport, "ipc") == 0;
    if (!connection->ipc && strcmp(transport, "tcp") != 0)
        return error_set(error, ERROR_DATA,
                         "connection file %s: transport is \"%s\", expected tcp or ipc", path,
                         transport);
    if (json_object_get(object, "curve_publickey") != NULL)
        return error_set(
            error, ERROR_DATA,
            "connection file %s requires CURVE encryption, which this kernel does not support",
            path);
    return read_text(object, "ip", connection->ipc ? "kernel-ipc" : "127.0.0.1", connection->ip,
                     sizeof connection->ip, path, error) &&
           read_text(object, "key", "", connection->key, sizeof connection->key, path, error) &&
           read_text(object, "signature_scheme", "hmac-sha256", connection->scheme,
                     sizeof connection->scheme, path, error) &&
           read_ports(connection, object, path, error);
}

bool connection_read(struct connection *connection, const char *path, struct error *error)
{
    json_t *object = load(path, error);
    bool good = object != NULL && read_fields(connection, object, path, error);
    json_decref(object);
    return good;
}

void connection_endpoint(const struct connection *connection, enum connection_port port,
                         char endpoint[CONNECTION_ENDPOINT_SIZE])
{
    bool brackets =
        !connection->ipc && strchr(connection->ip, ':') != NULL && connection->ip[0] != '[';
    snprintf(endpoint, CONNECTION_ENDPOINT_SIZE, "%s%s%s%c%d",
             connection->ipc ? "ipc://"
             : brackets      ? "tcp://["
                             : "tcp://",
             connection->ip, brackets ? "]" : "", connection->ipc ? '-' : ':',
             connection->ports[port]);
}

static bool is_loopback(const char *ip)
{
    return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0 || strcmp(ip, "[::1]") == 0 ||
           strcmp(ip, "localhost") == 0;
}

const char *connection_warning(const struct connection *connection)
{
    if (connection->key[0] != '\0')
        return NULL;
    if (connection->ipc)
        return "warning: the connection file has no key, so messages are not signed: every user "
               "with write access to the sockets can run code as this user; set \"key\"";
    if (is_loopback(connection->ip))
        return "warning: the connection file has no key, so messages are not signed: every user of "
               "this computer can run code as this user; set \"key\"";
    return "WARNING: the connection file has no key, and its ip is not a loopback address: anyone "
           "on the network who can connect to the ports can run code as this user; set \"key\", or "
           "use ip 127.0.0.1";
}
