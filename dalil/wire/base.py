"""Base classes of the models of the wire format."""

import json
from datetime import date

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """A request that a client sends; unknown fields are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> bytes:
        """The body in ASCII, which can also carry text that is not Unicode; the service reports the error in it."""
        fields = self.model_dump(warnings=False)
        return json.dumps(fields, default=_iso_8601).encode("ascii")


class ResponseModel(BaseModel):
    """A response that the service sends."""

    model_config = ConfigDict(frozen=True)


def _iso_8601(moment: date) -> str:
    return moment.isoformat()
