/*
 * checkpoint_curve - writes and reads the JSON object of checkpoint_curve.h; reading checks all
 * limits of rate_curve.h.
 */
#include "mnist/nn/train/checkpoint_curve.h"

#include <math.h>

#include "mnist/nn/train/checkpoint_fields.h"

#define CURVE(type, field)                               \
    {                                                    \
#field, type, offsetof(struct rate_curve, field) \
    }

static const struct field curve_fields[] = {
    CURVE(FIELD_U64, first),  CURVE(FIELD_U64, steps),     CURVE(FIELD_U64, stride),
    CURVE(FIELD_FLOAT, last), CURVE(FIELD_FLOAT, highest), CURVE(FIELD_U64, highest_step),
};

#define FIELDS(table) table, (int)(sizeof table / sizeof table[0])

json_t *checkpoint_curve_json(const struct rate_curve *curve, const struct epoch_record *records,
                              int count)
{
    json_t *object = fields_write(curve, FIELDS(curve_fields));
    json_t *rates = json_array(), *ends = json_array();
    bool done = object != NULL && rates != NULL && ends != NULL;
    for (int i = 0; done && i < curve->count; i++)
        done = json_array_append_new(rates, json_real((double)curve->rates[i])) == 0;
    for (int i = 0; done && i < count; i++)
        done = json_array_append_new(ends, json_integer((json_int_t)records[i].step)) == 0;
    done = done && json_object_set(object, "rates", rates) == 0 &&
           json_object_set(object, "ends", ends) == 0;
    json_decref(rates);
    json_decref(ends);
    if (done)
        return object;
    json_decref(object);
    return NULL;
}

/* False when rates is not an array of at most RATE_CURVE_POINTS rates, or does not fit the
   curve. */
static bool read_rates(struct rate_curve *curve, const json_t *rates)
{
    size_t i;
    json_t *rate;
    if (!json_is_array(rates) || json_array_size(rates) > RATE_CURVE_POINTS)
        return false;
    json_array_foreach(rates, i, rate) {
        if (!json_is_number(rate) || !(fabs(json_number_value(rate)) <= TRAINER_RATE_MAX))
            return false;
        curve->rates[i] = (float)json_number_value(rate);
    }
    curve->count = (int)json_array_size(rates);
    return curve->stride > 0 && isfinite(curve->last) && isfinite(curve->highest) &&
           (curve->highest_step < curve->steps || curve->steps == 0) &&
           (uint64_t)curve->count == (curve->steps + curve->stride - 1) / curve->stride;
}

bool checkpoint_curve_read(const json_t *json, struct rate_curve *curve,
                           struct epoch_record *records, int count)
{
    const json_t *ends = json_object_get(json, "ends");
    if (fields_read(curve, json, FIELDS(curve_fields)) != NULL || curve->steps > INT64_MAX / 2 ||
        curve->stride > INT64_MAX / 2 || !read_rates(curve, json_object_get(json, "rates")) ||
        json_array_size(ends) != (size_t)count)
        return false;
    for (int i = 0; i < count; i++) {
        const json_t *end = json_array_get(ends, (size_t)i);
        if (!json_is_integer(end) || json_integer_value(end) < 0)
            return false;
        records[i].step = (uint64_t)json_integer_value(end);
    }
    return true;
}
