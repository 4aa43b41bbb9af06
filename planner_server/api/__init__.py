"""What every REST view under /api/v1/ shares: the envelope, errors, paging, sign-in and the tenant filter. See docs/api.md."""
