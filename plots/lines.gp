# lines.gp - lines with a legend; each has its own colour and dash pattern, and optional marks.
# From C: $line1... (x y), lines, line_name[], line_marks[], x_name, y_name, log_x, log_y,
# area_right (CSS pixels), x_low... y_step.
load plots_dir.'/theme.gp'
eval area(92, area_right, top, height - 60)
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics format '%.4g'
set ytics format '%.4g'
if (log_x) { set logscale x } else { set xtics x_low, x_step }
if (log_y) { set logscale y } else { set ytics y_low, y_step }
set xlabel x_name
set ylabel y_name offset 0.5, 0
set key at screen px(area_right + 12), screen py(top) left top vertical Left reverse samplen 2.5 spacing 1.3 width 0
array colour = [0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x000000, 0x7f7f7f]
array dashes = [1, 2, 4, 3, 5, 1, 2, 4]
array shape = [7, 5, 9, 11, 13, 6, 4, 8]
set pointsize 0.8
plot for [k = 1:lines] '$line'.k using 1:2 with lines linecolor rgb colour[k] dashtype dashes[k] linewidth 2 notitle, \
     for [k = 1:lines] '$line'.k using 1:(line_marks[k] ? $2 : NaN) with points pointtype shape[k] linecolor rgb colour[k] notitle, \
     for [k = 1:lines] NaN with linespoints linecolor rgb colour[k] dashtype dashes[k] linewidth 2 \
         pointtype (line_marks[k] ? shape[k] : 0) title line_name[k]
