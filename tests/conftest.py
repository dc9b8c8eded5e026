"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, no more.
_SLOW = (HealthCheck.too_slow,)
settings.register_profile("home", deadline=None, suppress_health_check=_SLOW)
# Whether a change lands must not be decided by dice; at home every run tries other examples.
settings.register_profile("ci", settings.get_profile("home"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "home")
