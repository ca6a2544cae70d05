# confusion.gp - true class (rows) against predicted class (columns), the counts in the cells.
#
# From C: $cells (column row kind shade; kind 1 = on the diagonal), cell_text[] row by row,
# classes, class_name[], recall[], precision[], turned (names are wider than a cell);
# left, matrix_top, side, cell, below in CSS pixels.
load plots_dir.'/theme.gp'

eval area(left, left + side, matrix_top, matrix_top + side)
unset border
unset xtics
unset ytics
unset grid
unset key
set xrange [-0.5:classes - 0.5]
set yrange [classes - 0.5:-0.5]

# From white to the blue of Okabe and Ito and a darker blue; from white to their orange-red.
mix(from, to, t) = int(from + (to - from) * t + 0.5)
rgb(r, g, b) = 65536 * r + 256 * g + b
blue_shade(t) = t < 0.6 ? rgb(mix(240, 86, t / 0.6), mix(246, 160, t / 0.6), mix(251, 212, t / 0.6)) \
    : rgb(mix(86, 0, (t - 0.6) / 0.4), mix(160, 92, (t - 0.6) / 0.4), mix(212, 150, (t - 0.6) / 0.4))
red_shade(t) = t == 0 ? 0xfafafa : rgb(mix(255, 213, t), mix(240, 94, t), mix(225, 0, t))
shade(kind, t) = kind == 1 ? blue_shade(t) : red_shade(t)
text_shade(kind, t) = kind == 1 ? (t > 0.6 ? 0xffffff : 0x222222) : (t == 0 ? 0xb4b4b4 : t > 0.8 ? 0xffffff : 0x222222)

do for [k = 1:classes] {
    set label k class_name[k] at screen px(left - 8), first k - 1 right font small_font textcolor rgb ink
    if (turned) {
        set label 100 + k class_name[k] at first k - 1, screen py(matrix_top + side + 26 + 12) right rotate by 45 \
            font small_font textcolor rgb ink
    } else {
        set label 100 + k class_name[k] at first k - 1, screen py(matrix_top + side + 26 + 10) center \
            font small_font textcolor rgb ink
    }
    set label 200 + k recall[k] at screen px(left + side + 48), first k - 1 right font small_font textcolor rgb quiet
    set label 300 + k precision[k] at first k - 1, screen py(matrix_top + side + 12) center \
        font (cell < 40 ? 'sans,10' : small_font) textcolor rgb quiet
}
set label 400 'recall %' at screen px(left + side + 48), screen py(matrix_top - 12) right font small_font textcolor rgb quiet
set label 401 'precision %' at screen px(left - 8), screen py(matrix_top + side + 12) right font small_font textcolor rgb quiet
set label 402 'predicted class' at screen px(left + side / 2), screen py(height - 22) center font text_font textcolor rgb ink
set label 403 'true class' at screen px(24 + 8), screen py(matrix_top + side / 2) center rotate by 90 \
    font text_font textcolor rgb ink

cell_font = cell < 40 ? 'sans,10' : 'sans,12'
plot $cells using 1:2:(0.485):(0.485):(shade($3, $4)) with boxxyerror fillstyle solid 1 noborder linecolor rgb variable, \
     $cells using 1:2:(cell_text[int($2) * classes + int($1) + 1]):(text_shade($3, $4)) with labels font cell_font \
         textcolor rgb variable
