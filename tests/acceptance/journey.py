"""What whole journeys share: the facts of a release that the shipped policies are content with."""

from datetime import UTC, datetime
from pathlib import Path

from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model.progress import Silent
from kiaim_server.pipeline import ReleaseRequest, Workbench, release

ROOT = Path(__file__).parents[2]

CONTEXT = {
    "release.regime": ["gdpr"],
    "release.access": "controlled",
    "release.form": "microdata",
    "release.environment": "download",
    "release.purpose": "research",
    "release.keeps_pseudonym": False,
    "recipient.type": "research-organisation",
    "recipient.country": "DE",
    "recipient.agreement": "data-use-agreement",
    "recipient.controls": "high",
    "recipient.motive": "low",
    "data.criminal_records": False,
    "legal.art9": "j",
    "legal.dpia": "done",
    "attested": {
        "release-decision": {"by": "data steward", "on": datetime.now(UTC).date().isoformat()}
    },
}


def run(data, policy, out, *, context=CONTEXT, hierarchies=None, workbench=None, **more):
    """Release `data` under `policy` into `out`."""
    request = ReleaseRequest(
        data=data,
        name=data.name,
        policy=policy,
        context=context,
        hierarchies=hierarchies or HierarchySource(),
        **more,
    )
    return release(request, workbench or Workbench.open(out.parent / "keys"), out, Silent())
