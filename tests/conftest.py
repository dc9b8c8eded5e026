"""What holds for every test."""

import os

from hypothesis import settings

# Whether a change lands must not be decided by dice; at home every run tries other examples.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
