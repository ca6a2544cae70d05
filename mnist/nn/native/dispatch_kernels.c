/*
 * dispatch_kernels - the kernel table of one instruction set; compiled once for each.
 */
#include "mnist/nn/native/kernels.h"

const struct native_kernels NATIVE(native_kernels) = {
    .conv_forward = NATIVE(native_conv_forward),
    .few_channels_forward = NATIVE(native_few_channels_forward),
    .winograd_forward = NATIVE(native_winograd_forward),
    .winograd_wgrad = NATIVE(native_winograd_wgrad),
    .sparse_wgrad = NATIVE(native_sparse_wgrad),
    .sparse_dgrad = NATIVE(native_sparse_dgrad),
    .grey_wgrad = NATIVE(native_grey_wgrad),
    .pack_direct = NATIVE(native_pack_direct),
    .pack_planar = NATIVE(native_pack_planar),
    .pack_sparse = NATIVE(native_pack_sparse),
    .pack_winograd = NATIVE(native_pack_winograd),
    .unpack_planar = NATIVE(native_unpack_planar),
    .unpack_sparse = NATIVE(native_unpack_sparse),
    .unpack_winograd = NATIVE(native_unpack_winograd),
    .dense_forward = NATIVE(native_dense_forward),
    .dense_wgrad = NATIVE(native_dense_wgrad),
    .dense_dgrad = NATIVE(native_dense_dgrad),
    .bias_relu = NATIVE(native_bias_relu),
    .relu = NATIVE(native_relu),
    .relu_backward = NATIVE(native_relu_backward),
    .add = NATIVE(native_add),
    .multiply = NATIVE(native_multiply),
    .activations =
        {
#define ACTIVATION(id, name) [NATIVE_ACTIVATION_##name] = &NATIVE(native_##name),
#include "mnist/language/layers.def"
        },
    .philox = NATIVE(native_philox),
    .dropout = NATIVE(native_dropout),
    .norm_sums = NATIVE(native_norm_sums),
    .norm_squares = NATIVE(native_norm_squares),
    .norm_apply = NATIVE(native_norm_apply),
    .norm_gradient_sums = NATIVE(native_norm_gradient_sums),
    .norm_backward = NATIVE(native_norm_backward),
    .group_moments = NATIVE(native_group_moments),
    .group_apply = NATIVE(native_group_apply),
    .group_gradient_sums = NATIVE(native_group_gradient_sums),
    .group_backward = NATIVE(native_group_backward),
    .layer_apply = NATIVE(native_layer_apply),
    .layer_gradient_sums = NATIVE(native_layer_gradient_sums),
    .layer_backward = NATIVE(native_layer_backward),
    .maxpool = NATIVE(native_maxpool),
    .maxpool_backward = NATIVE(native_maxpool_backward),
    .avgpool = NATIVE(native_avgpool),
    .avgpool_backward = NATIVE(native_avgpool_backward),
};
