# class_counts.gp - the number of images of each class, one bar for each set.
# From C: $counts (class, then a count for each set), sets, set_name[], count1[]... (text of the
# counts), labelled (counts are shown), classes, class_name[], turned (names are rotated because
# they do not fit next to each other), below (CSS pixels below the area), y_low... y_step.
load plots_dir.'/theme.gp'
eval area(92, width - 24, top + 26, height - below)
set xrange [-0.5:classes - 0.5]
set yrange [0:y_high]
set ytics y_step format (y_high < 1e6 ? '%.0f' : '%.4s %c')
set xtics scale 0 format ''
unset grid
set grid ytics
set xlabel ''
set ylabel 'images' offset -0.5, 0
do for [k = 1:classes] {
    if (turned) {
        set label k class_name[k] at first k - 1, screen py(height - below + 12) right rotate by 45 font small_font textcolor rgb ink
    } else {
        set label k class_name[k] at first k - 1, screen py(height - below + 14) center font small_font textcolor rgb ink
    }
}
set label 900 'class' at screen px((92 + width - 24) / 2.0), screen py(height - 20) center font text_font textcolor rgb ink
set key at screen px(92), screen py(top - 3) left top maxrows 1 Left reverse samplen 1.5 width 1
array set_colour = [0x0072b2, 0xe69f00, 0x56b4e9]
gap = 0.84 / sets
middle(class, s) = class + (s - (sets + 1) / 2.0) * gap
set style fill solid 1 border linecolor rgb '#ffffff'
text1(k) = count1[k]
text2(k) = sets > 1 ? count2[k] : ''
text3(k) = sets > 2 ? count3[k] : ''
text(s, k) = s == 1 ? text1(k) : s == 2 ? text2(k) : text3(k)
plot for [s = 1:sets] $counts using (middle($1, s)):(column(s + 1) / 2.0):(gap * 0.46):(column(s + 1) / 2.0) \
         with boxxyerror fillstyle solid 1 noborder linecolor rgb set_colour[s] notitle, \
     for [s = 1:sets] NaN with boxes fillstyle solid 1 noborder linecolor rgb set_colour[s] \
         title (sets > 1 ? set_name[s] : ''), \
     for [s = 1:(labelled ? sets : 0)] $counts using (middle($1, s)):(column(s + 1)):(text(s, int($1) + 1)) \
         with labels offset 0, 0.5 font (sets > 2 ? 'sans,9' : sets > 1 ? 'sans,10' : small_font) textcolor rgb ink notitle
