# variants.gp - originals, each followed by its variants, black ink on white paper.
# From C, in addition to tiles.gp: low and high, the values of paper and ink.
load plots_dir.'/theme.gp'
unset colorbox
first_tile = 1
last_tile = tiles
set palette defined (0 '#ffffff', 1 '#101010')
set cbrange [low:high]
load plots_dir.'/tiles.gp'
