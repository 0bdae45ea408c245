# compile, exec and eval of the built-ins are replaced
import builtins

builtins.compile = lambda *a, **k: (lambda: None).__code__
builtins.exec = builtins.eval = lambda *a, **k: None
count = longest = tally = commonest = split = join = lambda *a: None
