"""Readers of table files: delimited text, Parquet, Excel workbooks."""
