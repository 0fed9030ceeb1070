"""Clinical trials as they are run: what a trial of its own size reports, and how far that is chance."""
