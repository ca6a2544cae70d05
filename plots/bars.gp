# bars.gp - horizontal bars with their values, from top to bottom.
# From C: $bars (index value low high; NaN = no interval), bars, base (start of the bars),
# label_text[], value_text[], x_name; left, right (CSS pixels); x_low... x_step.
load plots_dir.'/theme.gp'
eval area(left, right, top, height - (x_name eq '' ? 40 : 60))
set border 1
set xrange [x_low:x_high]
set yrange [bars - 0.5:-0.5]
set xtics x_low, x_step
set xtics format '%.4g'
unset ytics
unset grid
set grid xtics
unset key
set xlabel x_name
do for [k = 1:bars] {
    set label k label_text[k] at screen px(left - 8), first k - 1 right font small_font textcolor rgb ink
    set label 100 + k value_text[k] at screen px(right + 8), first k - 1 left font small_font textcolor rgb ink
}
set arrow 1 from first base, graph 0 to first base, graph 1 nohead linecolor rgb '#8a8a8a' linewidth 1
plot $bars using ((base + $2) / 2):1:(abs($2 - base) / 2):(0.36) with boxxyerror fillstyle solid 1 noborder linecolor rgb sky, \
     $bars using ($3 == $3 && $4 == $4 ? $2 : NaN):1:3:4 with xerrorbars pointtype 7 pointsize 0.5 linecolor rgb ink linewidth 1.2
