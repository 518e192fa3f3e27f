"""Turns configuration files of the KI-AIM platform Cinnamon into a policy.

The formats are those of the public repository KI-AIM/Cinnamon: ``anonymization.yaml`` (a risk
threshold, a limit of suppression, and a protection per attribute) and ``attribute_config.yaml``
(the columns, with types and formats of dates).
"""

from kiaim_server.policy.cinnamon.configuration import Configuration, read_configuration
from kiaim_server.policy.cinnamon.importing import Imported, import_configuration

__all__ = ["Configuration", "Imported", "import_configuration", "read_configuration"]
