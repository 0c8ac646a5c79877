"""`schema`: the JSON Schema of a spec, for editors."""

from __future__ import annotations

import json

from gaugewright.spec.schema import Spec

_ADDRESS = "https://json-schema.org/draft/2020-12/schema"


def schema() -> tuple[str, int]:
    return json.dumps({"$schema": _ADDRESS, **Spec.model_json_schema()}, indent=2, ensure_ascii=False), 0
