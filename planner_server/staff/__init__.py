"""The pages of the platform's own staff, under /staff/: Django's admin, whose writes go through the services like everybody's."""
