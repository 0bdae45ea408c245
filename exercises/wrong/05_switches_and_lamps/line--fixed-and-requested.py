def line(name, bit, words):
    """The line that `ethtool -k` prints for a feature."""
    active, requested = (words[word] & bit for word in ("active", "requested"))
    shown = f"{name}: {'on' if active else 'off'}"
    if words["never_changed"] & bit or not words["available"] & bit:
        shown += " [fixed]"
    if bool(requested) != bool(active):
        shown += f" [requested {'on' if requested else 'off'}]"
    return shown
