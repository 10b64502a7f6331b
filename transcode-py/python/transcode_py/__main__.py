"""`python -m transcode_py` is the `transcode` command."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
