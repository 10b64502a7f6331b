"""Times and sizes as people read them."""

__all__ = ["clock", "size"]


def clock(seconds: float) -> str:
    """Give seconds as `1:02:03` or `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: float) -> str:
    """Give a number of bytes as `12.3 MB`."""
    thousand = 1000
    for unit in ("B", "kB", "MB", "GB"):
        if count < thousand:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= thousand
    return f"{count:.1f} TB"
