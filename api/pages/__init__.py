"""The pages for a browser. `templates/` and `web/` are hand-written and not compiled; `texts.json` has their words."""
