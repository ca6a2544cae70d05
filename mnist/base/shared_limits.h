/*
 * shared_limits - limits that the command language states in help and diagnostics, and that other
 * rooms enforce.
 *
 * mnist/language/ depends on mnist/base/ alone, so that the front process links no arithmetic. A
 * limit of a parameter that a network, the trainer or the augmentation checks again is defined
 * here, once. A limit that only one room knows is defined in that room.
 */
#ifndef MNIST_BASE_SHARED_LIMITS_H
#define MNIST_BASE_SHARED_LIMITS_H

enum {
    /* networks: `conv`, `maxpool`, `avgpool`, `dense` (nn/model/layer.h) */
    LAYER_OUT_MAX = 4096,  /* output channels or units                       */
    LAYER_KERNEL_MAX = 63, /* rows or columns of a filter or window; stride  */

    /* training: `train`, `bench` (nn/train/trainer.h) */
    TRAINER_EPOCHS_MAX = 10000,
    TRAINER_BATCH_MAX = 8192, /* images */

    /* images (data/idx.h) */
    IDX_SIDE_MAX = 256, /* rows or columns of an image */

    /* `set threads` (base/thread_pool.h) */
    THREAD_POOL_THREADS_MAX = 64,

    /* images in one grid; at most PLOT_IMAGES_MAX of plots/plots.h */
    GRID_IMAGES_MAX = 400,

    /* bytes of the name of a network, a data set or a layer */
    NAME_SIZE_MAX = 63,
};

/* `augment` (data/augment.h): the largest value of each parameter. */
#define AUGMENT_ROTATE_MAX  180.0 /* degrees  */
#define AUGMENT_SHIFT_MAX   16.0  /* pixels   */
#define AUGMENT_SCALE_MAX   0.5   /* fraction */
#define AUGMENT_STRETCH_MAX 0.3   /* fraction */
#define AUGMENT_SHEAR_MAX   45.0  /* degrees  */
#define AUGMENT_ELASTIC_MAX 4.0   /* pixels   */

#endif
