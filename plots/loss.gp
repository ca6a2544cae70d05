# loss.gp - the loss of each epoch, training and validation. From C: see curve.gp.
load plots_dir.'/theme.gp'
set ylabel 'loss (mean cross-entropy)' offset 0.5, 0
load plots_dir.'/curve.gp'
