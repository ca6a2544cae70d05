# theme.gp - fonts, colours and lines of every picture; each template loads it first.
#
# From C: plots_dir, width, height, title (with line breaks), top (start of the content in CSS
# pixels). The colours of Okabe and Ito can be distinguished with all kinds of colour vision. Each
# comes with a dash pattern or a point type, so colour is never the only difference.

ink = '#222222'
quiet = '#6b6b6b'
rule = '#e4e4e4'
black = '#000000'
orange = '#e69f00'
sky = '#56b4e9'
green = '#009e73'
yellow = '#f0e442'
blue = '#0072b2'
vermillion = '#d55e00'
purple = '#cc79a7'

title_font = 'sans:Bold,17'
text_font = 'sans,13'
small_font = 'sans,12'

# Convert CSS pixels from the top left corner to screen coordinates.
px(x) = x / (1.0 * width)
py(y) = 1 - y / (1.0 * height)

# Sets the area of a chart from its left, right, top and bottom in CSS pixels:
# `eval area(88, width - 24, top, height - 60)`.
area(l, r, t, b) = sprintf('set lmargin at screen %.6f; set rmargin at screen %.6f; ', px(l), px(r)) \
    .sprintf('set tmargin at screen %.6f; set bmargin at screen %.6f', py(t), py(b))

set border 3 linecolor rgb '#8a8a8a' linewidth 1
set tics nomirror out scale 0.5 font small_font textcolor rgb ink
set xtics offset 0, 0.2
set grid linetype 1 linecolor rgb rule linewidth 1
set key font text_font textcolor rgb ink
set xlabel font text_font textcolor rgb ink offset 0, 0.3
set ylabel font text_font textcolor rgb ink
set label 9999 title at screen px(24), screen py(24 + 8) left font title_font textcolor rgb ink
