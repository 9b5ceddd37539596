"""The overview: what today asks for, on one page that is made anew each time it is opened."""
