"""The Training page: what is asked, what it costs, how it learns."""
