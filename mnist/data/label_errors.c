/*
 * label_errors - the table, sorted by index, and the check for published MNIST.
 */
#include "mnist/data/label_errors.h"

/* Each comment contains the other votes; "neither" means neither of the two classes offered. */
const struct label_error label_errors_labels[LABEL_ERROR_COUNT] = {
    {947, 8, 0},  /* five: 9                */
    {1621, 0, 2}, /* three: 6               */
    {1901, 9, 2}, /* three: 4               */
    {2130, 4, 2}, /* two: 9; one: neither   */
    {2462, 2, 0}, /* four: 0; one: neither  */
    {2597, 5, 0}, /* four: 3; one: neither  */
    {2654, 6, 0}, /* two: 1; three: neither */
    {3520, 6, 2}, /* three: neither         */
    {3558, 5, 1}, /* four: 0                */
    {5937, 5, 1}, /* three: 3; one: neither */
    {6651, 0, 0}, /* five: 6                */
    {6783, 1, 2}, /* three: 6               */
    {8527, 4, 2}, /* two: 9; one: neither   */
    {9679, 6, 2}, /* three: neither         */
    {9729, 5, 2}, /* three: 6               */
};

bool label_errors_known(const struct dataset *dataset)
{
    return dataset->checked && dataset->kind == DATASET_MNIST;
}
