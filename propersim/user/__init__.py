"""The user agent: plans and lives its days, and rates what the assistant says."""
