"""What a scenario is: the contract between the model, the laboratory and the recorded kernels.

A scenario is a JSON object ``{"id": ..., "steps": [...]}``, one a line. This package reads such
lines and refuses what nobody could put to a kernel: a wrong type, a number that does not fit the
C type it travels in, an unknown name, a socket that is not open. Everything else is for the kernel
to answer, with its errno.
"""

from lomodel.contract.errors import ScenarioError, errno_name, shown
from lomodel.contract.fields import Step
from lomodel.contract.names import Names
from lomodel.contract.observed import EVENTS, SENDING, STATS, check_observed
from lomodel.contract.options import OPTIONS, PMTUDISC, Option
from lomodel.contract.reading import Scenario, check_scenario, dumps, parse, read
from lomodel.contract.settings import SYSCTLS
from lomodel.contract.steps import TCP_PAYLOAD_MAX, check_step, check_steps

__all__ = [
    "EVENTS",
    "OPTIONS",
    "PMTUDISC",
    "SENDING",
    "STATS",
    "SYSCTLS",
    "TCP_PAYLOAD_MAX",
    "Names",
    "Option",
    "Scenario",
    "ScenarioError",
    "Step",
    "check_observed",
    "check_scenario",
    "check_step",
    "check_steps",
    "dumps",
    "errno_name",
    "parse",
    "read",
    "shown",
]
