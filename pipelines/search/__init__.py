"""Who saw this customer, what did this account do, who came from here: one search over days."""
