# exit() and quit()
def count(text):
    exit()
    quit()


longest = tally = commonest = split = join = count
