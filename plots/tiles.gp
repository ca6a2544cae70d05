# tiles.gp - small images with captions; the templates that show images load it.
#
# From C: tiles, tile_x[], tile_y[], tile_width[], tile_height[], and for each tile the datablock
# $tile1... (a nonuniform matrix); captions, caption[], caption_x[], caption_y[],
# caption_marked[]. Coordinates are CSS pixels, y downwards. From the template: palette and
# cbrange; first_tile and last_tile, the tiles with this palette. If a template loads this file
# more than once, the load with tile 1 draws all captions.

set margins 0, 0, 0, 0
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen 0
set tmargin at screen 1
unset border
unset xlabel
unset ylabel
unset xtics
unset ytics
unset grid
unset key
set xrange [0:width]
set yrange [height:0]
do for [k = first_tile:last_tile] {
    set object k rectangle from tile_x[k] - 0.5, tile_y[k] - 0.5 \
        to tile_x[k] + tile_width[k] + 0.5, tile_y[k] + tile_height[k] + 0.5 \
        front fillstyle empty border linecolor rgb '#c4c4c4' linewidth 1
}
do for [k = 1:(first_tile == 1 ? captions : 0)] {
    set label k caption[k] at caption_x[k], caption_y[k] center font small_font \
        textcolor rgb (caption_marked[k] ? '#b34700' : ink)
}
plot for [k = first_tile:last_tile] '$tile'.k nonuniform matrix using 1:2:3 with image
