"""An example of each request and answer, for the description of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_TIME: Final = "2026-11-24T09:30:00+00:00"
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_DATASET: Final = {
    "id": "d5c1b0f3a4e27986d0c3b1a59",
    "name": "patients.csv",
    "media_type": "text/csv",
    "reader": {"delimiter": ","},
    "sha256": _DIGEST,
    "bytes": 187,
    "rows": 10,
    "columns": 4,
    "profile": [
        {
            "name": "age",
            "type": "integer",
            "n_records": 10,
            "n_missing": 0,
            "n_distinct": 4,
            "detected": [],
        }
    ],
    "created": _TIME,
}
_ASKED: Final = {
    "dataset": _DATASET["id"],
    "policy": "gdpr-baseline",
    "context": {
        "release.regime": ["gdpr"],
        "release.access": "controlled",
        "release.form": "microdata",
        "recipient.country": "DE",
        "data.criminal_records": False,
        "legal.art9": "j",
        "attested": {"release-decision": {"by": "Dr. A. Example", "on": "2026-11-24"}},
    },
    "hierarchies": {"inline": {"sex": [["f", "*"], ["m", "*"]]}},
    "seed": 0,
}
_QUEUED: Final = {
    "id": "j81f0c2d7a9b3e4568f1d2c04",
    "action": "release",
    "state": "queued",
    "dataset": _DATASET["id"],
    "policy": "gdpr-baseline",
    "seed": 0,
    "format": "csv",
    "attempts": 0,
    "cancel_requested": False,
    "step": None,
    "share": None,
    "facts": {},
    "decision": None,
    "error": None,
    "artifacts": {},
    "created": _TIME,
    "started": None,
    "ended": None,
}
_DONE: Final = {
    **_QUEUED,
    "state": "done",
    "attempts": 1,
    "step": "audit",
    "share": 1.0,
    "facts": {"best_loss": 0.22, "lower_bound": 0.22, "gap": 0.0},
    "decision": {"verdict": "release", "reasons": [], "advice": []},
    "artifacts": {
        name: f"/v1/jobs/{_QUEUED['id']}/artifacts/{name}"
        for name in ("data", "manifest", "report", "report.json")
    },
    "started": "2026-11-24T09:30:01+00:00",
    "ended": "2026-11-24T09:30:03+00:00",
}
_POLICY: Final = {
    "name": "gdpr-baseline",
    "version": "1.0.0",
    "title": "Baseline for releases of personal data under the GDPR",
    "summary": "What any release of personal data has to keep.",
    "digest": _DIGEST,
    "problem": None,
}

#: A problem as every error is one.
PROBLEM: Final = {
    "type": "urn:kiaim:problem:invalid-data",
    "title": "Bad Request",
    "status": 400,
    "detail": "patients.csv, line 3: expected 4 fields, found 3; a field that contains the "
    "delimiter must stand in quotes",
    "line": 3,
    "instance": "/v1/datasets",
}

#: Bodies of requests by method and path.
REQUESTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "POST /v1/jobs": {**_ASKED, "format": "csv", "outputs": ["data", "report", "manifest"]},
        "POST /v1/plans": {**_ASKED, "explore": True},
        "POST /v1/policies/lint": {"text": "schema: kiaim/policy/v1\npolicy: heart\n"},
        "POST /v1/policies/diff": {
            "old": {"text": "schema: kiaim/policy/v1\n...", "name": "heart-1.0.0.policy.yaml"},
            "new": {"text": "schema: kiaim/policy/v1\n...", "name": "heart.policy.yaml"},
        },
        "POST /v1/measure": {
            "dataset": _DATASET["id"],
            "quasi_identifiers": ["age", "sex"],
            "sensitive": ["diagnosis"],
            "population": 83_000_000,
        },
    }
)

#: Answers that are JSON by method and path.
ANSWERS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "POST /v1/datasets": _DATASET,
        "GET /v1/datasets": [_DATASET],
        "GET /v1/datasets/{dataset_id}": _DATASET,
        "POST /v1/jobs": _QUEUED,
        "GET /v1/jobs": [_DONE],
        "GET /v1/jobs/{job_id}": _DONE,
        "DELETE /v1/jobs/{job_id}": {**_QUEUED, "cancel_requested": True, "state": "cancelled"},
        "POST /v1/plans": {**_QUEUED, "action": "plan"},
        "GET /v1/policies": [_POLICY],
        "GET /v1/policies/{name}": {**_POLICY, "text": "schema: kiaim/policy/v1\n..."},
        "POST /v1/policies/lint": {
            "ok": False,
            "findings": [
                {
                    "file": "policy.yaml",
                    "line": 2,
                    "column": 1,
                    "code": "P103",
                    "severity": "error",
                    "message": "the key 'version' is missing",
                }
            ],
        },
        "GET /v1/plugins": [
            {
                "name": "transforms",
                "origin": "kiaim-server",
                "version": "0.1.0",
                "problem": None,
                "offers": [
                    {
                        "kind": "transform",
                        "name": "remove",
                        "summary": "The column leaves the table.",
                    }
                ],
            }
        ],
        "POST /v1/verify": {
            "ok": True,
            "verdict": "verified",
            "authenticated": True,
            "key_id": "3f1c9a0b",
            "checks": [
                {
                    "name": "k-anonymity at least 5",
                    "ok": True,
                    "detail": "Measured 5, as claimed.",
                    "counted": True,
                }
            ],
        },
        "GET /v1/public-key": {
            "algorithm": "Ed25519",
            "key_id": "3f1c9a0b",
            "pem": "-----BEGIN PUBLIC KEY-----\n...\n-----END PUBLIC KEY-----\n",
        },
        "GET /healthz": {"status": "ok", "version": "0.1.0"},
        "GET /readyz": {"status": "ready", "workers": 2},
        "GET /api": {
            "_links": {
                name: {"href": f"http://127.0.0.1:8765/api{path}"}
                for name, path in (
                    ("self", ""),
                    ("anonymize", "/anonymize"),
                    ("analyze", "/analyze"),
                )
            }
        },
        "POST /api/hierarchy": {
            "hierarchy": [
                ["81667", "8166*", "816**", "81***", "8****", "*****"],
                ["81668", "8166*", "816**", "81***", "8****", "*****"],
            ]
        },
    }
)
