# rate.gp - the learning rate at each step, the epochs marked above.
# From C: $rate (step rate), steps, epoch_steps (0: no marks), x_low... y_step.
load plots_dir.'/theme.gp'
eval area(88, width - 24, top + 26, height - 60)
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics x_step
set ytics y_step format '%.3g'
set xlabel 'step (one batch each)'
set ylabel 'learning rate' offset 0.5, 0
unset key
if (epoch_steps > 0) {
    every_epoch = ceil(steps / (1.0 * epoch_steps) / 12)
    do for [k = 1:int(steps / epoch_steps)] {
        set arrow k from first k * epoch_steps, graph 0 to first k * epoch_steps, graph 1 nohead back \
            linecolor rgb '#b5b5b5' dashtype 3 linewidth 1
        if (k % every_epoch == 0) {
            set label k sprintf(k == every_epoch ? 'epoch %d' : '%d', k) at first k * epoch_steps, screen py(top + 16) \
                center font small_font textcolor rgb quiet
        }
    }
}
plot $rate using 1:2 with lines linecolor rgb blue linewidth 2, \
     $rate using (steps == 1 ? $1 : NaN):2 with points pointtype 7 linecolor rgb blue
