"""Tenancy: accounts, their people and devices, sites and sectors."""
