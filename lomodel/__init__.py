"""An executable model of the Linux loopback device."""

# First: what everything else imports from Python is Linux's then, in a web page too.
from lomodel import as_linux as as_linux
