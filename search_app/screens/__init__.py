"""The pages of the front end, each a script that Streamlit runs inside `app.py`."""
