"""Bars: our own, those of a notebook, of tqdm and of rich; each module is imported when somebody asks for it."""
