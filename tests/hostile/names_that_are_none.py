# an exception whose name and text are no strings
class Meta(type):
    __name__ = property(lambda cls: 1 / 0)


class Odd(Exception, metaclass=Meta):
    def __str__(self):
        raise self

    __repr__ = __str__


def count(text):
    raise Odd


longest = tally = commonest = split = join = count
