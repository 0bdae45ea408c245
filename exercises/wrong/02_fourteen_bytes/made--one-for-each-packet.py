def headers_made(life):
    return sum("." in word or ":" in word for word in life)
