# maps.gp - feature maps (viridis), with the input image (ink on paper) left of them.
# From C, in addition to tiles.gp: inputs (1 if there is an input image; low, high: its range);
# map_low, map_high; box_left, box_top, box_bottom.
load plots_dir.'/theme.gp'
set multiplot
if (inputs > 0) {
    unset colorbox
    set palette defined (0 '#ffffff', 1 '#101010')
    set cbrange [low:high]
    first_tile = 1
    last_tile = 1
    load plots_dir.'/tiles.gp'
    unset label
    unset object
}
load plots_dir.'/viridis.gp'
set cbrange [map_low:map_high]
set colorbox user vertical origin screen px(box_left), screen py(box_bottom) \
    size screen px(12), screen (box_bottom - box_top) / (1.0 * height)
set cbtics (sprintf('%.3g', map_low) map_low, sprintf('%.3g', map_high) map_high) font small_font scale 0.5
first_tile = inputs + 1
last_tile = tiles
load plots_dir.'/tiles.gp'
unset multiplot
