/*
 * evaluation - results of instructions.
 */
#include "mnist/language/evaluation.h"

#include <math.h>

bool evaluation_out_of_memory(const struct evaluation *evaluation)
{
    return diagnostic_set(evaluation->diagnostic, ERROR_SYSTEM, evaluation->instruction->span,
                          "out of memory");
}

bool evaluation_result(const struct evaluation *evaluation, size_t count, struct value result)
{
    for (size_t i = 0; i < count; i++)
        value_release(&evaluation->operands[i]);
    evaluation->operands[0] = result;
    return true;
}

bool evaluation_number(const struct evaluation *evaluation, size_t count, double number)
{
    struct span span = evaluation->instruction->span;
    if (isnan(number))
        return diagnostic_set(evaluation->diagnostic, ERROR_NUMBER, span,
                              "the result is not a real number");
    if (isinf(number))
        return diagnostic_set(evaluation->diagnostic, ERROR_NUMBER, span,
                              "the result is too large: the maximum is about 1.8e308");
    return evaluation_result(evaluation, count, value_number(number));
}
