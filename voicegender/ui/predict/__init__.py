"""The Predict page: where recordings come from, and what is shown of many."""
