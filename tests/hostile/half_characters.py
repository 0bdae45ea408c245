# surrogates that no UTF-8 can hold
def count(text):
    print("\ud800\udfff")
    raise ValueError("\ud800")


longest = tally = commonest = split = join = count
