"""The Streamlit front end; it talks HTTP to the API and imports nothing from indexer or api."""
