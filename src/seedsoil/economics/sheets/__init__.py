"""The sheets of an evaluation's Excel workbook, one file a part; their results are live formulas."""
