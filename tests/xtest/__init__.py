"""A suite in the spirit of optee_test's regression_1100: what OCALLs do, at each party."""
