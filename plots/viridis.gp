# viridis.gp - the palette viridis (Smith and van der Walt, matplotlib, CC0) in nine steps, for
# gnuplot before 6.0, which does not include it.
set palette defined (0 '#440154', 1 '#472d7b', 2 '#3b528b', 3 '#2c728e', 4 '#21918c', 5 '#28ae80', 6 '#5ec962', 7 '#addc30', 8 '#fde725')
