# explained.gp - cumulative explained variance of the principal components.
# From C: $sums (components percent), count, level[] (percent) and level_count[] (components that
# reach it; 0: none), x_low... x_step.
load plots_dir.'/theme.gp'
eval area(92, width - 24 - 190, top, height - 60)
set xrange [x_low:x_high]
set yrange [0:105]
set xtics ceil(x_low) > 1 ? ceil(x_low) : 0, x_step
set ytics 0, 20, 100
set xlabel 'principal components'
set ylabel 'explained variance (%)' offset 0, 0
array dashes = [2, 4, 3]
array shapes = [7, 5, 9]
array levels_colour = [0xd55e00, 0x009e73, 0xcc79a7]
do for [k = 1:3] {
    if (level_count[k] > 0) {
        set arrow k from first level_count[k], 0 to first level_count[k], level[k] nohead back \
            linecolor rgb levels_colour[k] dashtype dashes[k] linewidth 1.5
    }
}
set key at screen px(width - 24 - 190 + 10), screen py(top) left top vertical Left reverse samplen 2.5 spacing 1.3
components(k) = sprintf('%g %%: %d component%s', level[k], level_count[k], level_count[k] == 1 ? '' : 's')
plot $sums using 1:2 with lines linecolor rgb blue linewidth 2 notitle, \
     for [k = 1:3] '+' using (level_count[k] > 0 ? level_count[k] : NaN):(level[k]) every ::0::0 \
         with points pointtype shapes[k] pointsize 0.9 linecolor rgb levels_colour[k] notitle, \
     for [k = 1:3] NaN with linespoints linecolor rgb levels_colour[k] dashtype dashes[k] pointtype shapes[k] pointsize 0.9 \
         linewidth 1.5 title (level_count[k] > 0 ? components(k) : ''), \
     $sums using (count == 1 ? $1 : NaN):2 with points pointtype 7 linecolor rgb blue notitle
