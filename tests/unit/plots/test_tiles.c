/*
 * test_tiles - the number of images per line, and the distance between their captions.
 *
 * For every possible number of images, the last line must never have a single image, and for the
 * default numbers of the commands it must be at least half full. For captions and grids of all
 * widths, captions that fit must be at least TILES_CLEAR apart, and no grid may be wider than its
 * room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plots/tiles.h"

enum { SIDE = 28, ROOM = 816, SHOWN = 40 };

static int across(int count)
{
    return tiles_layout(count, SIDE, SIDE, 0, 0, ROOM).across;
}

static void grids_are_balanced(void **state)
{
    (void)state;
    static const int expected[][2] = {{1, 1},  {8, 8},  {10, 5}, {16, 8},   {20, 5},
                                      {24, 8}, {25, 5}, {40, 8}, {100, 10}, {400, 20}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(across(expected[i][0]), expected[i][1]);
    for (int count = 1; count <= PLOT_IMAGES_MAX; count++) {
        int last = count % across(count);
        assert_true(last == 0 || 2 * last >= across(count) || (count > SHOWN && last > 1));
    }
}

static void captions_stay_apart(void **state)
{
    (void)state;
    for (int tiles = 1; tiles <= 20; tiles++) {
        for (int caption = 0; caption < 300; caption++) {
            struct tiles_grid grid = tiles_layout(tiles, SIDE, SIDE, tiles, 1, ROOM);
            double before = grid.step_x, most = tiles_caption_room(&grid, ROOM);
            tiles_widen(&grid, caption, ROOM);
            assert_true(grid.step_x >= before && grid.width <= ROOM);
            if (caption <= most)
                assert_true(grid.step_x >= caption + TILES_CLEAR);
            assert_true(tiles_x(&grid, tiles - 1) + grid.tile_width <= grid.left + grid.width);
        }
    }
}

/* The grid of outliers: ten per line, each with its label and its index. */
static void numbered_captions_stay_on_a_line(void **state)
{
    (void)state;
    struct tiles_grid grid = tiles_layout(40, SIDE, SIDE, 10, 1, ROOM);
    assert_true(text_width("0  #23104", DRAWING_SMALL_PX) <= tiles_caption_room(&grid, ROOM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grids_are_balanced),
        cmocka_unit_test(captions_stay_apart),
        cmocka_unit_test(numbered_captions_stay_on_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
