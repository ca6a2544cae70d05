# accuracy.gp - the accuracy of each epoch, training and validation. From C: see curve.gp.
load plots_dir.'/theme.gp'
set ylabel 'accuracy (%)' offset 0.5, 0
load plots_dir.'/curve.gp'
