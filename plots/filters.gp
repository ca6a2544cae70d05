# filters.gp - a convolution's filters: orange negative, white 0, blue positive.
# From C, in addition to tiles.gp: limit (the range is -limit to limit); box_left, box_top, box_bottom
# of the colour box.
load plots_dir.'/theme.gp'
set palette defined (-1 '#7f3000', -0.6 '#d55e00', 0 '#ffffff', 0.6 '#0072b2', 1 '#00395c')
set cbrange [-limit:limit]
set colorbox user vertical origin screen px(box_left), screen py(box_bottom) \
    size screen px(12), screen (box_bottom - box_top) / (1.0 * height)
set cbtics (sprintf('%.3g', -limit) -limit, '0' 0, sprintf('%.3g', limit) limit) font small_font scale 0.5
first_tile = 1
last_tile = tiles
load plots_dir.'/tiles.gp'
