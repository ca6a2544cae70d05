# digit.gp - one enlarged image with the value of each pixel.
# From C, in addition to tiles.gp: low, high; $values (x y value of each pixel with ink),
# value_format; rows, columns, pixel, value_left and value_top for the numbers of rows and columns.
load plots_dir.'/theme.gp'
unset colorbox
first_tile = 1
last_tile = tiles
set palette defined (0 '#ffffff', 1 '#101010')
set cbrange [low:high]
do for [k = 0:columns - 1] {
    set label 100 + k sprintf('%d', k) at value_left + (k + 0.5) * pixel, value_top - 10 center \
        font 'sans,10' textcolor rgb quiet
}
do for [k = 0:rows - 1] {
    set label 200 + k sprintf('%d', k) at value_left - 8, value_top + (k + 0.5) * pixel right \
        font 'sans,10' textcolor rgb quiet
}
do for [k = 1:columns - 1] {
    set arrow 100 + k from value_left + k * pixel, value_top to value_left + k * pixel, value_top + rows * pixel \
        nohead front linecolor rgb '#dcdcdc' linewidth 0.5
}
do for [k = 1:rows - 1] {
    set arrow 200 + k from value_left, value_top + k * pixel to value_left + columns * pixel, value_top + k * pixel \
        nohead front linecolor rgb '#dcdcdc' linewidth 0.5
}
dark(v) = (v - low) / (high - low) > 0.5
set multiplot
load plots_dir.'/tiles.gp'
unset label
unset object
unset arrow
plot $values using 1:2:(sprintf(value_format, $3)):(dark($3) ? 0xffffff : 0x222222) with labels font 'sans,9' \
    textcolor rgb variable
unset multiplot
