# prediction.gp - one image, and next to it a bar for the probability of each class.
# From C, in addition to tiles.gp: low, high; $bars (class probability), classes, class_name[],
# names_width; best (the predicted class), truth (-1: unknown).
load plots_dir.'/theme.gp'
unset colorbox
first_tile = 1
last_tile = tiles
set palette defined (0 '#ffffff', 1 '#101010')
set cbrange [low:high]
area_from = 24 + 196 + 28 + names_width
set multiplot
load plots_dir.'/tiles.gp'
unset label
unset object
set lmargin at screen px(area_from)
set rmargin at screen px(width - 24 - 56)
set tmargin at screen py(top + 4)
set bmargin at screen py(height - 52)
set border 1
set xrange [0:100]
set yrange [classes - 0.5:-0.5]
set xtics 0, 25, 100 nomirror out scale 0.5 offset 0, 0.3
set grid xtics
set xlabel 'probability (%)' offset 0, 0.6
do for [k = 0:classes - 1] {
    set label k + 1 class_name[k + 1] at graph 0, first k right offset character -0.8, 0 \
        font (k == truth ? 'sans:Bold,12' : small_font) textcolor rgb ink
}
set boxwidth 0.7
# The true class has a bold name and a check mark, the predicted class a full colour.
plot $bars using (50 * $2):1:(50 * $2):(0.36) with boxxyerror fillstyle solid 1 noborder linecolor rgb '#b9c4cc', \
     $bars using ($1 == best ? 50 * $2 : NaN):1:(50 * $2):(0.36) with boxxyerror fillstyle solid 1 noborder \
         linecolor rgb (truth < 0 || truth == best ? blue : vermillion), \
     $bars using (100 * $2):1:(sprintf('%.2f', 100 * $2).($1 == truth ? ' ✓' : '')) with labels left \
         offset character 0.5, 0 font small_font textcolor rgb ink
unset multiplot
