# HTML, Markdown, CSV, terminal codes and XML in what is printed
TEXT_OF_ALL = (
    "<script>alert(1)</script> ![x](http://192.0.2.1/x) </pre></details> =cmd|' /C calc'!A1 "
    "\x1b[2J\x1b]0;title\x07 \x00 ]]> &amp; ``` | \r\n# heading\n\u202eevil\ufeff {{ 7 * 7 }} {% raw %}"
)


def count(text):
    print(TEXT_OF_ALL)
    raise ValueError(TEXT_OF_ALL)


longest = tally = commonest = split = join = count
