#!/bin/sh
# Prints a Python that is new enough (3.11 to 3.14): $PYTHON if it is set, else the first found.
if [ -n "$PYTHON" ]; then
    candidates=$PYTHON
else
    candidates="python3 python3.14 python3.13 python3.12 python3.11 python"
fi
seen=
for candidate in $candidates; do
    found=$(command -v "$candidate" 2>/dev/null) || continue
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case $version in
        3.11 | 3.12 | 3.13 | 3.14) echo "$found"; exit 0 ;;
    esac
    seen="$seen $candidate is $version,"
done
if [ -n "$seen" ]; then
    echo "This needs Python 3.11 to 3.14, but${seen%,}: install one, or name it with PYTHON=/path/to/python." >&2
else
    echo "No working Python found: install Python 3.11 to 3.14, or name it with PYTHON=/path/to/python." >&2
fi
exit 1
