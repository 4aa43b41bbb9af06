"""The History page: what was done on this computer, and taking it back."""
