"""Laws of detection: what must hold for every detector, tried over all of their examples."""
