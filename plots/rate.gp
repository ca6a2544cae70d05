# rate.gp - the learning rate at each step, with marks at the ends of the epochs.
# From C: $rate (step rate), points (number of its rows), $ends (epoch, its last step), epochs (0: no
# marks), x_low... y_step.
load plots_dir.'/theme.gp'
eval area(88, width - 24, top + 26, height - 60)
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics x_step
set ytics y_step format '%.3g'
set xlabel 'step (one batch each)'
set ylabel 'learning rate' offset 0.5, 0
unset key
if (epochs > 0) {
    every_epoch = ceil(epochs / 12.0)
    do for [k = 1:epochs] {
        end = word($ends[k], 2) + 0.0
        set arrow k from first end, graph 0 to first end, graph 1 nohead back \
            linecolor rgb '#b5b5b5' dashtype 3 linewidth 1
        if (k % every_epoch == 0) {
            set label k sprintf(k == every_epoch ? 'epoch %d' : '%d', k) at first end, screen py(top + 16) \
                center font small_font textcolor rgb quiet
        }
    }
}
plot $rate using 1:2 with lines linecolor rgb blue linewidth 2, \
     $rate using (points == 1 ? $1 : NaN):2 with points pointtype 7 linecolor rgb blue
