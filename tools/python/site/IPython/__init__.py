"""What a cell may ask of IPython in a page. How it writes values down (`lib.pretty`) is its own."""


def get_ipython():
    """No shell is here."""
    return None
