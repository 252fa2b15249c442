"""Reports: the model of a run's results, and every format that derives from it."""
