"""From the lake's facts of a day to the page that people decide by."""
