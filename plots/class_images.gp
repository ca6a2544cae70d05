# class_images.gp - the mean image of each class (ink on paper) and the variance (viridis), one
# block each. From C, in addition to tiles.gp: blocks, classes, has_mean; block_low[], block_high[],
# block_top[], block_bottom[]; box_left.
load plots_dir.'/theme.gp'
set multiplot
do for [block = 1:blocks] {
    is_mean = has_mean && block == 1
    if (is_mean) {
        set palette defined (0 '#ffffff', 1 '#101010')
    } else {
        load plots_dir.'/viridis.gp'
    }
    set cbtics (sprintf('%.3g', block_low[block]) block_low[block], sprintf('%.3g', block_high[block]) block_high[block]) \
        font small_font scale 0.5
    set cbrange [block_low[block]:block_high[block]]
    set colorbox user vertical origin screen px(box_left), screen py(block_bottom[block]) \
        size screen px(12), screen (block_bottom[block] - block_top[block]) / (1.0 * height)
    first_tile = (block - 1) * classes + 1
    last_tile = block * classes
    set label 9000 (is_mean ? 'mean' : 'variance') at screen px(24), screen py(block_top[block] - 12) left \
        font text_font textcolor rgb quiet
    load plots_dir.'/tiles.gp'
    unset label
    unset object
}
unset multiplot
