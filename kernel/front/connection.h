/*
 * connection - the connection file: the addresses at which the kernel listens, and the signing key.
 *
 * The front end writes the file and passes its path to the kernel; main.c reads it before anything
 * else. Format: "Making kernels for Jupyter", section "Connection files".
 */
#ifndef KERNEL_FRONT_CONNECTION_H
#define KERNEL_FRONT_CONNECTION_H

#include <stdbool.h>

#include "mnist/base/errors.h"

enum {
    CONNECTION_FILE_SIZE_MAX = 64 * 1024,
    CONNECTION_IP_SIZE = 512, /* an address, or a path for IPC */
    CONNECTION_KEY_SIZE = 1024,
    CONNECTION_ENDPOINT_SIZE = CONNECTION_IP_SIZE + 32,
};

enum connection_port {
    CONNECTION_SHELL,
    CONNECTION_IOPUB,
    CONNECTION_STDIN,
    CONNECTION_CONTROL,
    CONNECTION_HEARTBEAT,
    CONNECTION_PORT_COUNT,
};

struct connection {
    bool ipc; /* else TCP */
    char ip[CONNECTION_IP_SIZE];
    int ports[CONNECTION_PORT_COUNT];
    char key[CONNECTION_KEY_SIZE]; /* "" = messages are not signed */
    char scheme[64];               /* "hmac-sha256" */
};

/* Reads the file. False with error set, which names the file, the field and the expected value. */
__attribute__((warn_unused_result)) bool connection_read(struct connection *connection,
                                                         const char *path, struct error *error);

/* The ZeroMQ endpoint of a port: "tcp://127.0.0.1:5555", "ipc:///run/x/kernel-1". */
void connection_endpoint(const struct connection *connection, enum connection_port port,
                         char endpoint[CONNECTION_ENDPOINT_SIZE]);

/* The port's key in the file, for example "shell_port". Static. */
const char *connection_port_name(enum connection_port port);

/* A warning if the connection has no key, so that messages are not signed; otherwise NULL.
   Static. */
const char *connection_warning(const struct connection *connection);

#endif
