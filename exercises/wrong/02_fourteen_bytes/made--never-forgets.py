def headers_made(life):
    return any("." in word for word in life) + any(":" in word for word in life)
