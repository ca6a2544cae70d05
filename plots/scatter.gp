# scatter.gp - points in two dimensions; each class has a colour and a shape.
# From C: $points (x y class), classes, class_name[], x_name, y_name, area_right (CSS pixels),
# large (larger points), x_low... y_step.
load plots_dir.'/theme.gp'
eval area(92, area_right, top, height - 60)
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics x_step format '%.4g'
set ytics y_step format '%.4g'
set xlabel x_name
set ylabel y_name offset 0.5, 0
set border 15
set key at screen px(area_right + 12), screen py(top) left top vertical Left reverse samplen 0.8 spacing 1.2 width 0

# The colours of Okabe and Ito without the yellow, which is too pale on white, and three more
# colours; ten shapes.
array colour = [0x0072b2, 0xe69f00, 0x009e73, 0xd55e00, 0x56b4e9, 0xcc79a7, 0x000000, 0x7f7f7f, 0x8b4513, 0x4b0082]
array shape = [7, 5, 9, 11, 13, 6, 2, 8, 10, 1]
colour_of(class) = colour[int(class) % 10 + 1]
shape_of(class) = class < 10 ? shape[int(class) + 1] : shape[(int(class) + int(class) / 10 * 3) % 10 + 1]
set pointsize large ? 1 : 0.6
plot $points using 1:2:(shape_of($3)):(colour_of($3)) with points pointtype variable linecolor rgb variable notitle, \
     for [k = 1:classes] NaN with points pointtype shape_of(k - 1) pointsize 1.1 linecolor rgb colour_of(k - 1) title class_name[k]
