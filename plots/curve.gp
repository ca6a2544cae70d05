# curve.gp - one value per epoch for training and validation; loss.gp and accuracy.gp load it.
#
# From C: $train_whole, $train_partial, $validation_whole, $validation_partial (epoch value);
# has_train, has_validation; x_low, x_high, x_step, y_low, y_high, y_step; has_best, best_x,
# best_y, best_text; marks (a mark at each point).
eval area(88, width - 24, top + 26, height - 60)
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics ceil(x_low), x_step
set ytics y_step
set xlabel 'epoch'
set key at screen px(88), screen py(top - 3) left top maxrows 1 Left reverse samplen 2.5 width 1 height 0
set pointsize 0.8
if (has_best) {
    set label 1 '○ '.best_text at screen px(width - 24), screen py(top + 5) right font text_font textcolor rgb ink
    set arrow 1 from first best_x, graph 0 to first best_x, graph 1 nohead back linecolor rgb '#9a9a9a' dashtype 3 linewidth 1
}
plot \
    $train_whole using 1:2 with lines linecolor rgb blue linewidth 2 dashtype 1 notitle, \
    $train_partial using 1:2 with lines linecolor rgb blue linewidth 2 dashtype 2 notitle, \
    $train_whole using 1:(marks ? $2 : NaN) with points pointtype 7 linecolor rgb blue notitle, \
    $train_partial using 1:(marks ? $2 : NaN) with points pointtype 7 linecolor rgb blue notitle, \
    $validation_whole using 1:2 with lines linecolor rgb vermillion linewidth 2 dashtype 1 notitle, \
    $validation_partial using 1:2 with lines linecolor rgb vermillion linewidth 2 dashtype 2 notitle, \
    $validation_whole using 1:(marks ? $2 : NaN) with points pointtype 5 linecolor rgb vermillion notitle, \
    $validation_partial using 1:(marks ? $2 : NaN) with points pointtype 5 linecolor rgb vermillion notitle, \
    '+' using (has_best ? best_x : NaN):(best_y) every ::0::0 with points pointtype 6 pointsize 1.8 linewidth 1.5 \
        linecolor rgb ink notitle, \
    NaN with linespoints pointtype (marks ? 7 : 0) linecolor rgb blue linewidth 2 title (has_train ? 'training' : ''), \
    NaN with linespoints pointtype (marks ? 5 : 0) linecolor rgb vermillion linewidth 2 \
        title (has_validation ? 'validation' : '')
