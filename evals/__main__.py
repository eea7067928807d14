"""`python -m evals`."""

from evals.commands.app import app

if __name__ == "__main__":
    app(prog_name="python -m evals")
