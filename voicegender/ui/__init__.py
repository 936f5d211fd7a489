"""The only place that knows Streamlit: what pages are made of."""
