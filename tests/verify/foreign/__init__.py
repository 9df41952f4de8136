"""APIs of others: small servers written by hand, and their documents without our extensions."""
