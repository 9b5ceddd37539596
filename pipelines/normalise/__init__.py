"""Values as they were logged to values in one spelling: time, client, browser, site, URL."""
