"""The JSON that the service and its clients exchange, written once: requests, responses, events and problems.

A model that represents a record of `dalil.domain` has the record's name; `from_domain` and `to_domain` convert. New
fields may be added; a field keeps its name and its meaning. Offsets count Unicode code points of the article's text;
`end` is exclusive.
"""
