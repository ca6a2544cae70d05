/*
 * checkpoint_fields - converts structs to JSON objects and back, by tables of their fields.
 *
 * checkpoint.c describes each struct by a table of {name, type, offset}. Numbers are written with
 * 17 digits, which are read back to the same bits; 64-bit numbers that are not counts (seed, hash)
 * are written as hexadecimal text.
 */
#ifndef MNIST_NN_TRAIN_CHECKPOINT_FIELDS_H
#define MNIST_NN_TRAIN_CHECKPOINT_FIELDS_H

#include <jansson.h>
#include <stddef.h>

enum field_type {
    FIELD_INT,
    FIELD_INT_ADDED, /* an int that older files do not contain; the struct then keeps its value */
    FIELD_FLOAT,
    FIELD_OPTIONAL, /* a float that is not written if it is NAN */
    FIELD_DOUBLE,
    FIELD_BOOL,
    FIELD_U64,
    FIELD_U64_ADDED, /* as FIELD_INT_ADDED */
    FIELD_I64,
    FIELD_HEX
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
};

/* The object of the struct at `from`. NULL when memory runs out. Caller decrefs. */
json_t *fields_write(const void *from, const struct field *fields, int count);

/* Fills the struct at `to`. Returns the name of the first field that is missing or has the wrong
   type; NULL when all fields are valid. */
const char *fields_read(void *to, const json_t *object, const struct field *fields, int count);

#endif
