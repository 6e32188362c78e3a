"""Generated examples have no deadline: that a machine is busy is no fault of what is tested."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
