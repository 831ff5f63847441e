"""Package databases in images: which packages they say are there."""
