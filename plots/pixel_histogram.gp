# pixel_histogram.gp - a histogram of the 256 pixel values, on a logarithmic scale.
# From C: $pixels (value count; only counts above 0), y_high (a power of ten).
load plots_dir.'/theme.gp'
eval area(92, width - 24, top, height - 60)
set xrange [-1.5:256.5]
set logscale y
set yrange [0.5:y_high]
set xtics (0, 32, 64, 96, 128, 160, 192, 224, 255)
set ytics format '%.0s%c'
unset grid
set grid ytics
unset key
set xlabel 'pixel value (0 = paper, 255 = ink)'
set ylabel 'pixels (logarithmic)' offset -0.2, 0
set boxwidth 1
plot $pixels using 1:2 with boxes fillstyle solid 1 noborder linecolor rgb blue
