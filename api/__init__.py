"""The read side over HTTP, a program: `python -m api`, or `uvicorn api.app:from_environment --factory`."""
