"""Switches off, in the programs that a test starts, what its control has switched off."""

import os

from faults.controls import CONTROLS

CONTROLS[os.environ["FAULTS_CONTROL"]].off()
