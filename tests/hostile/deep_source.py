# an expression that no parser takes
count = eval("(" * 5000 + "1" + ")" * 5000)
