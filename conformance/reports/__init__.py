"""Reports: the model of a run's results, and all formats that derive from it."""
