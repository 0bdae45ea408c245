"""Programs that record real kernels: the files below `tests/recorded` come from them."""
