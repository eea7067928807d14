"""The service over HTTP, a program: `python -m api`, or `uvicorn api.app:from_environment --factory`.

One folder for each protocol: `routes/` (search, answers, articles), `openai/`, `mcp/` and `pages/`. They share `http/`,
`ingest/`, `presentation/` and the engine behind `index_check.py`; `app.py` puts them together.
"""
