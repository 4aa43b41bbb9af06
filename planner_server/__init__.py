"""The platform side: tenancy, library, planning and the change feed that desktops synchronise with."""
