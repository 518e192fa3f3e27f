"""The data folder: data sets, jobs, artifacts, keys and the database."""
