"""`mimamori lake migrate`: a lake moves between the working folder and servers, with proof."""
